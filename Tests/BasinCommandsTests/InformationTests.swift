import Foundation
import Testing

extension ToolTests {
  @Suite("Help, versions and data")
  struct InformationTests {
    @Test("the version is that of the library")
    func version() throws {
      let outcome = try Tool.run("--version", in: Workplace())
      #expect(outcome.status == 0)
      #expect(outcome.output.split(separator: ".").count == 3)
    }

    @Test("help names every command and every exit code")
    func help() throws {
      let text = try Tool.run("--help", in: Workplace()).output
      for name in [
        "train", "evaluate", "predict", "regions", "certify", "report", "data", "doctor",
        "64 usage",
        "65 bad data", "66 missing input", "69 unavailable", "78 configuration", "130 interrupted",
      ] { #expect(text.contains(name), "\(name)") }
      // By task, and every command in one.
      var rest = text[...]
      for heading in ["TRAIN ", "MEASURE ", "USE ", "PROVE OF", "REPEAT THE PAPER", "LOOK AFTER"] {
        let place = try #require(rest.range(of: heading), "\(heading)")
        rest = rest[place.upperBound...]
      }
      #expect(!text.contains("\nSUBCOMMANDS:"))
    }

    @Test(
      "the script of a shell's completion, as the README has it made, knows every command and option",
      arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) throws {
      let outcome = try Tool.run("--generate-completion-script \(shell)", in: Workplace())
      #expect(outcome.status == 0 && outcome.error.isEmpty)
      let names = [
        "train", "evaluate", "predict", "regions", "certify", "roa", "verify", "export",
        "stabilize",
        "sweep", "launch", "sparse", "report", "table", "figure", "theory", "methods", "data",
        "doctor",
        "recover", "prune", "fetch",
      ]
      let words = Set(outcome.output.split { !($0.isLetter || $0 == "-") }.map(String.init))
      #expect(names.allSatisfy(words.contains), "\(names.filter { !words.contains($0) })")
      let readme = try String(
        contentsOf: DocumentedCommand.root.appendingPathComponent("README.md"), encoding: .utf8)
      #expect(readme.contains("--generate-completion-script \(shell)"))
    }

    @Test("the README's quick tour works as it stands, from an empty folder")
    func tour() throws {
      let readme = try String(
        contentsOf: DocumentedCommand.root.appendingPathComponent("README.md"), encoding: .utf8)
      let section = try #require(
        readme.components(separatedBy: "## A quick tour\n").dropFirst().first)
      let commands = Markdown(section.components(separatedBy: "\n## ")[0]).blockCommands
        .filter { $0.first == "basin" && !$0[1].hasPrefix("--") }
      #expect(commands.count == 5)
      let folder = try Workplace()
      try folder.write("window.vegaEmbed = null", to: "vega.js")
      for command in commands {
        let outcome = try Tool.run(
          Array(command.dropFirst()), in: folder,
          environment: ["BASIN_VEGA": folder.file("vega.js").path])
        #expect(outcome.status == 0, "\(command): \(outcome.error)")
        #expect(!outcome.output.isEmpty)
      }
      #expect(folder.exists("tour.html"))
      let csv = String(decoding: try folder.data("tour.csv"), as: UTF8.self).split(separator: "\n")
      #expect(csv[0] == "run,method,data,seed,source,step,epoch,metric,value")
      let rows = csv.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(rows.allSatisfy { $0.count == 9 && Double($0[8]) != nil })
      let steps = rows.filter { $0[4] == "step" && $0[7] == "total" }
      #expect(Set(steps.map { $0[5] }).count == steps.count && Set(steps.map { $0[6] }).count == 3)
      let measured = rows.filter { $0[4] == "evaluation" }.map { $0[7] }
      #expect(Set(measured) == ["clean", "pgd 8/255", "pgd 0.1"])
    }

    @Test("data list describes every data set")
    func dataList() throws {
      let outcome = try Tool.run("data list --format json", in: Workplace())
      let sets = try #require(try outcome.object()["datasets"] as? [[String: Any]])
      #expect(sets.compactMap { $0["name"] as? String }.prefix(2) == ["digits", "toy-2d"])
      #expect(outcome.error.isEmpty)
    }

    @Test("data verify checks the embedded digits, and misses what is not there")
    func dataVerify() throws {
      let folder = try Workplace()
      #expect(try Tool.run("data verify digits", in: folder).status == 0)
      let environment = ["BASIN_DATA": "", "XDG_CACHE_HOME": folder.url.path]
      let missing = try Tool.run("data verify mnist", in: folder, environment: environment)
      #expect(missing.status == 66)
      #expect(missing.error.contains("Run `basin data fetch mnist`"))
    }

    @Test("doctor exits with 69 and the remedy where the charts' script is missing")
    func doctor() throws {
      let folder = try Workplace()
      try folder.write("", to: "vega.js")
      let fine = try Tool.run(
        "doctor", in: folder, environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(fine.status == 0, "\(fine.error)")
      #expect(fine.output.contains("ok  libtorch: "))
      let lacking = try Tool.run(
        "doctor --format json", in: folder,
        environment: ["BASIN_VEGA": folder.file("none.js").path])
      #expect(lacking.status == 69)
      #expect(lacking.error.contains("Run `make setup`"))
      #expect((try lacking.object()["problems"] as? [String])?.count == 1)
    }
  }
}
