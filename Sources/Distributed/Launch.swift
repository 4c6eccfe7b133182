import Failures

/// Where a process belongs among those that were started together, as its launcher says in the
/// environment.
///
/// Read are the variables of `torchrun` (and of `basin launch`): RANK, WORLD_SIZE, LOCAL_RANK,
/// LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT; without RANK and WORLD_SIZE those that Slurm's
/// `srun` sets for each task: SLURM_PROCID, SLURM_STEP_NUM_TASKS (or SLURM_NTASKS), SLURM_LOCALID
/// and SLURM_STEP_NODELIST (or SLURM_NODELIST, SLURM_JOB_NODELIST), whose first host is the meeting
/// place unless MASTER_ADDR names another.
public struct Launch: Sendable, Hashable {
  /// This process among all, from 0.
  public let rank: Int
  /// All processes, at least 2.
  public let size: Int
  /// This process among those of its machine, from 0: it chooses the CUDA device.
  public let localRank: Int
  /// Where processes meet.
  public let address: String
  /// The TCP port of the store at `address`, 1 to 65,535.
  public let port: Int
  /// Who serves the store there.
  public let store: StoreHost

  /// Who serves the store by which processes find each other.
  public enum StoreHost: Sendable, Hashable {
    /// The process of rank 0.
    case firstProcess
    /// The agent of `torchrun`, at its so-manieth attempt.
    case agent(attempt: Int)
  }

  /// Seconds that an exchange may take before the others count as lost: those of c10d.
  public static let defaultTimeout = 1800.0
  /// The variable that says otherwise.
  public static let timeoutVariable = "BASIN_TIMEOUT"
  /// Seconds that an exchange may take before the others count as lost.
  public let timeout: Double

  /// Reads the environment; nil for a process on its own.
  ///
  /// - Throws: `Failure` if a variable is missing beside the others, or makes no sense.
  public init?(environment: [String: String]) throws(Failure) {
    let variables = LaunchVariables(environment)
    timeout = try variables.seconds(Self.timeoutVariable, or: Self.defaultTimeout)
    if variables["RANK"] != nil || variables["WORLD_SIZE"] != nil {
      size = try variables.number("WORLD_SIZE", in: 1...Self.mostProcesses)
      rank = try variables.number("RANK", in: 0...size - 1)
      localRank = try variables.number("LOCAL_RANK", in: 0...size - 1, or: rank)
      guard size > 1 else { return nil }
      address = try variables.require("MASTER_ADDR", "the host where processes meet")
      port = try variables.number("MASTER_PORT", in: 1...65_535)
      let hasAgent = variables["TORCHELASTIC_USE_AGENT_STORE"].map { $0.lowercased() } == "true"
      store =
        hasAgent
        ? .agent(
          attempt: try variables.number("TORCHELASTIC_RESTART_COUNT", in: 0...Int.max, or: 0))
        : .firstProcess
      return
    }
    // A batch script has most of Slurm's variables too, without being one of several tasks: only
    // srun names the step.
    guard variables["SLURM_PROCID"] != nil, variables["SLURM_STEP_ID"] != nil else { return nil }
    let count = variables["SLURM_STEP_NUM_TASKS"] == nil ? "SLURM_NTASKS" : "SLURM_STEP_NUM_TASKS"
    size = try variables.number(count, in: 1...Self.mostProcesses, or: 1)
    guard size > 1 else { return nil }
    rank = try variables.number("SLURM_PROCID", in: 0...size - 1)
    localRank = try variables.number("SLURM_LOCALID", in: 0...size - 1)
    if let host = variables["MASTER_ADDR"] {
      address = host
    } else {
      address = try Self.firstHost(variables)
    }
    port = try variables.number("MASTER_PORT", in: 1...65_535, or: Self.port(variables))
    store = .firstProcess
  }

  /// Whether all processes are on this machine, by the name of the meeting place.
  public var isLocal: Bool { ["127.0.0.1", "localhost", "::1"].contains(address) }

  private static let mostProcesses = 65_536

  private static func firstHost(_ variables: LaunchVariables) throws(Failure) -> String {
    let names = ["SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"]
    let name = names.first { variables[$0] != nil } ?? names[1]
    let list = try variables.require(name, "the nodes of the job")
    guard let host = HostList.first(of: list) else {
      throw Failure(
        .invalidOption, at: name, expected: "a list of hosts such as node[01-04,07]",
        found: "'\(list)'",
        remedy: "Set MASTER_ADDR to the host of the first task.")
    }
    return host
  }

  /// A port that jobs on one node do not share, as far as their numbers differ.
  private static func port(_ variables: LaunchVariables) throws(Failure) -> Int {
    let job = try variables.number("SLURM_JOB_ID", in: 0...Int.max, or: 0)
    let step = try variables.number("SLURM_STEP_ID", in: 0...Int.max, or: 0)
    return 15_000 + (job % 20_000 + step % 20_000) % 20_000
  }
}
