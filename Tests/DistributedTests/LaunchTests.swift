import Distributed
import Failures
import Testing

@Suite struct LaunchTests {
  private let torchrun = [
    "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "node7",
    "MASTER_PORT": "29500",
  ]
  private let slurm = [
    "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "6", "SLURM_LOCALID": "1",
    "SLURM_STEP_ID": "2", "SLURM_JOB_ID": "41234", "SLURM_NODELIST": "gpu[07-09,12],login",
  ]

  @Test(
    "A process on its own has no launch",
    arguments: [
      [:], ["RANK": "0", "WORLD_SIZE": "1"], ["RANK": "", "WORLD_SIZE": ""],
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_NODELIST": "a[1-2]"],
      [
        "SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1",
      ],
    ])
  func alone(_ environment: [String: String]) throws {
    #expect(try Launch(environment: environment) == nil)
  }

  @Test("torchrun's variables, which count before Slurm's") func variablesOfTorchrun() throws {
    let launch = try #require(
      try Launch(
        environment: slurm.merging(torchrun) { $1 }.merging(["BASIN_TIMEOUT": "7.5"]) { $1 })
    )
    #expect(launch.rank == 3 && launch.size == 4 && launch.localRank == 1)
    #expect(launch.address == "node7" && launch.port == 29500 && !launch.isLocal)
    #expect(launch.store == .firstProcess)
    #expect(launch.timeout == 7.5)
  }

  @Test("Without a local rank all processes are taken to be on one machine") func localRank() throws
  {
    var environment = torchrun
    environment["LOCAL_RANK"] = nil
    environment["MASTER_ADDR"] = "127.0.0.1"
    let launch = try #require(try Launch(environment: environment))
    #expect(launch.localRank == 3)
    #expect(launch.isLocal)
    #expect(launch.timeout == Launch.defaultTimeout)
  }

  @Test("The agent of torchrun serves the store") func agent() throws {
    var environment = torchrun
    environment["TORCHELASTIC_USE_AGENT_STORE"] = "True"
    environment["TORCHELASTIC_RESTART_COUNT"] = "2"
    #expect(try Launch(environment: environment)?.store == .agent(attempt: 2))
    environment["TORCHELASTIC_USE_AGENT_STORE"] = "False"
    #expect(try Launch(environment: environment)?.store == .firstProcess)
  }

  @Test("Slurm's variables: the step's tasks, its first node, a port of the job") func srun() throws
  {
    let launch = try #require(try Launch(environment: slurm))
    #expect(launch.rank == 5 && launch.size == 6 && launch.localRank == 1)
    #expect(launch.address == "gpu07")
    #expect(launch.port == 15_000 + 1_236)
    var environment = slurm
    environment["SLURM_STEP_NUM_TASKS"] = nil
    environment["SLURM_STEP_NODELIST"] = "other3"
    environment["MASTER_PORT"] = "4000"
    let other = try #require(try Launch(environment: environment))
    #expect(other.size == 8 && other.address == "other3" && other.port == 4000)
    environment["MASTER_ADDR"] = "10.0.0.1"
    #expect(try Launch(environment: environment)?.address == "10.0.0.1")
  }

  @Test(
    "What is missing or makes no sense is named",
    arguments: [
      ("RANK", "4", "a number from 0 to 3"), ("RANK", "-1", "a number from 0 to 3"),
      ("RANK", nil, "a number from 0 to 3"), ("WORLD_SIZE", nil, "a number from 1 to 65536"),
      ("WORLD_SIZE", "four", "a number from 1 to 65536"),
      ("MASTER_ADDR", nil, "the host where processes meet"),
      ("MASTER_PORT", "70000", "a number from 1 to 65535"),
      ("LOCAL_RANK", "9", "a number from 0 to 3"),
      ("BASIN_TIMEOUT", "0", "a positive number of seconds"),
      ("BASIN_TIMEOUT", "nan", "a positive number of seconds"),
    ] as [(String, String?, String)])
  func mistakes(_ name: String, _ value: String?, _ expected: String) {
    var environment = torchrun
    environment[name] = value
    #expect {
      try Launch(environment: environment)
    } throws: {
      guard let error = $0 as? Failure else { return false }
      return error.location == name && error.expected == expected
        && error.found == (value.map { "'\($0)'" } ?? "nothing")
    }
  }

  @Test("A list of nodes that is none") func nodes() {
    var environment = slurm
    environment["SLURM_NODELIST"] = "gpu[a"
    #expect {
      try Launch(environment: environment)
    } throws: {
      ($0 as? Failure)?.location == "SLURM_NODELIST"
    }
  }

  @Test(
    "The first of many hosts",
    arguments: [
      ("a", "a"), ("a,b", "a"), ("n[3]", "n3"), ("n[01-04,07],m", "n01"), ("n[5,7-9]", "n5"),
      ("r[1-2]n[08-09].x", "r1n08.x"), ("", nil), ("n[", nil), ("n[]", nil), ("n]", nil),
      ("n[x-y]", nil), (",a", nil),
    ] as [(String, String?)])
  func hosts(_ list: String, _ first: String?) {
    #expect(HostList.first(of: list) == first)
  }
}
