import Foundation
import Testing

extension ToolTests {
  @Suite("Help, versions and data")
  struct InformationTests {
    @Test("the version is that of the library")
    func version() throws {
      let outcome = try Tool.run(["--version"], in: Workplace())
      #expect(outcome.status == 0)
      #expect(outcome.output.split(separator: ".").count == 3)
    }

    @Test("help names every command and every exit code")
    func help() throws {
      let text = try Tool.run(["--help"], in: Workplace()).output
      for name in [
        "train", "evaluate", "predict", "regions", "certify", "report", "data", "doctor",
        "64 usage",
        "65 bad data", "66 missing input", "69 unavailable", "78 configuration", "130 interrupted",
      ] { #expect(text.contains(name), "\(name)") }
    }

    @Test("data list describes every data set")
    func dataList() throws {
      let outcome = try Tool.run(["data", "list", "--format", "json"], in: Workplace())
      let sets = try #require(try outcome.object()["datasets"] as? [[String: Any]])
      #expect(sets.compactMap { $0["name"] as? String }.prefix(2) == ["digits", "toy-2d"])
      #expect(outcome.error.isEmpty)
    }

    @Test("data verify checks the embedded digits, and misses what is not there")
    func dataVerify() throws {
      let folder = try Workplace()
      #expect(try Tool.run(["data", "verify", "digits"], in: folder).status == 0)
      let environment = ["BASIN_DATA": "", "XDG_CACHE_HOME": folder.url.path]
      let missing = try Tool.run(["data", "verify", "mnist"], in: folder, environment: environment)
      #expect(missing.status == 66)
      #expect(missing.error.contains("Run `basin data fetch mnist`"))
    }

    @Test("doctor exits with 69 and the remedy where the charts' script is missing")
    func doctor() throws {
      let folder = try Workplace()
      try folder.write("", to: "vega.js")
      let fine = try Tool.run(
        ["doctor"], in: folder, environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(fine.status == 0, "\(fine.error)")
      #expect(fine.output.contains("ok  libtorch: "))
      let lacking = try Tool.run(
        ["doctor", "--format", "json"], in: folder,
        environment: ["BASIN_VEGA": folder.file("none.js").path])
      #expect(lacking.status == 69)
      #expect(lacking.error.contains("Run `make setup`"))
      #expect((try lacking.object()["problems"] as? [String])?.count == 1)
    }
  }
}
