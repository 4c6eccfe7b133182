import Foundation
import Testing

extension ToolTests {
  @Suite("basin roa") struct RoaTests {
    private static let disc = """
      states: [x, y]
      equations:
        x: -x*(1 - x^2 - y^2)
        y: -y*(1 - x^2 - y^2)
      equilibrium: [0, 0]
      box: [[-1.5, 1.5], [-1.5, 1.5]]
      """

    @Test("proves 98 % of the unit disc, contradicted by no simulated trajectory")
    func discIsProven() throws {
      let folder = try Workplace()
      try folder.write(Self.disc, to: "disc.yaml")
      let outcome = try Tool.run(
        "roa disc.yaml --quadratic --grid 60 --format json --out page.html --certificate "
          + "proof.safetensors",
        in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let object = try outcome.object()
      let proven = try #require(object["quadratic"] as? [String: Any])
      #expect(try #require(proven["share"] as? Double) >= 0.98)
      #expect(proven["contradictions"] as? Int == 0)
      #expect(object["isComplete"] as? Bool == true)
      let simulated = try #require(object["simulated"] as? [String: Any])
      let volume = try #require(simulated["volume"] as? Double)
      #expect(abs(volume - .pi) < 0.05, "\(volume)")
      #expect(folder.contents == ["disc.yaml", "page.html", "proof.safetensors"])
      try certificateIsChecked(in: folder)
    }

    private func certificateIsChecked(in folder: Workplace) throws {
      let check = ["verify", "--check", "proof.safetensors"]
      let outcome = try Tool.run(check, in: folder)
      #expect(outcome.status == 0 && outcome.output.contains("proven: {W <= "), "\(outcome.error)")
      let followed = try Tool.run(check + ["--trajectories", "200"], in: folder)
      #expect(followed.output.contains("\n0 of 200 simulated trajectories leave it, 0 were"))
      let above = try Tool.run(check + ["--search", "--level", "1.02"], in: folder)
      #expect(above.status == 65 && above.output.contains(" is false at ["))
      #expect(above.error.contains("found none: {W <= 1.02}: refused"), "\(above.error)")
      // The last bytes are those of a tree: boxes said to be halved, of whose halves nothing is said.
      let url = folder.file("proof.safetensors")
      var bytes = try Data(contentsOf: url)
      bytes.replaceSubrange(bytes.count - 200..<bytes.count, with: Data(repeating: 0, count: 200))
      try bytes.write(to: url)
      let damaged = try Tool.run(check, in: folder)
      #expect(damaged.status == 65 && damaged.error.contains("expected a proof, found none"))
    }

    private static let oscillator = """
      states: [x, y]
      equations: {x: -y, y: x - (1 - x^2)*y}
      equilibrium: [0, 0]
      box: [[-2.5, 2.5], [-3.5, 3.5]]
      """

    @Test("an interruption exits with 130, and the same command goes on to the same certificate")
    func interruption() throws {
      let folder = try Workplace()
      try folder.write(Self.oscillator, to: "system.yaml")
      let command = ["roa", "system.yaml", "--quadratic", "--grid", "10"]
      let search = command + ["--checkpoint", "search.safetensors", "--certificate"]
      try interrupt(search + ["first.safetensors"], in: folder)
      #expect(folder.contents == ["search.safetensors", "system.yaml"])

      let rest = try Tool.run(search + ["first.safetensors"], in: folder)
      #expect(rest.status == 0, "\(rest.error)")
      let whole = try Tool.run(command + ["--certificate", "whole.safetensors"], in: folder)
      #expect(whole.status == 0, "\(whole.error)")
      #expect(try folder.data("first.safetensors") == folder.data("whole.safetensors"))

      let other = try Tool.run(search + ["other.safetensors", "--seed", "1"], in: folder)
      #expect(other.status == 65 && other.error.contains("found one of another"), "\(other.error)")
      let none = try Tool.run(command + ["--checkpoint", "whole.safetensors"], in: folder)
      #expect(none.status == 65 && none.error.contains("found another file"), "\(none.error)")
      #expect(try folder.data("first.safetensors") == folder.data("whole.safetensors"))
    }

    /// Interrupts a search while it proves; again if it was done before the signal came.
    private func interrupt(_ search: [String], in folder: Workplace) throws {
      for attempt in 0..<5 {
        let running = try Tool.start(search, in: folder)
        while running.process.isRunning, !running.errorSoFar.contains("roa: quadratic") {
          usleep(2000)
        }
        running.send(SIGINT)
        let stopped = try running.outcome()
        if stopped.status == 0, attempt < 4 {
          for name in folder.contents where name != "system.yaml" {
            try FileManager.default.removeItem(at: folder.file(name))
          }
          continue
        }
        #expect(stopped.status == 130, "\(stopped.error)")
        #expect(stopped.error.contains("the same command goes on from search.safetensors"))
        #expect(stopped.output.contains("simulated truth"))
        return
      }
    }

    @Test("ends with 2 where --strict is given and the time did not last")
    func limitsAreTold() throws {
      let folder = try Workplace()
      try folder.write(Self.disc, to: "disc.yaml")
      let outcome = try Tool.run("roa disc.yaml --grid 10 --time-limit 1e-3 --strict", in: folder)
      #expect(outcome.status == 2, "\(outcome.error)")
      #expect(outcome.error.contains("disc.yaml: nothing is proven"), "\(outcome.error)")
      #expect(outcome.output.contains("simulated truth"), "\(outcome.output)")
    }

    @Test("says in one line what is wrong with a system")
    func mistakes() throws {
      let folder = try Workplace()
      func refused(_ old: String, _ new: String, _ status: Int32, _ message: String) throws {
        try folder.write(Self.disc.replacingOccurrences(of: old, with: new), to: "bad.yaml")
        let outcome = try Tool.run("roa bad.yaml --out page.html", in: folder)
        #expect(outcome.status == status, "\(outcome.error)")
        #expect(outcome.error.contains("basin: bad.yaml"), "\(outcome.error)")
        #expect(outcome.error.contains(message), "\(outcome.error)")
        #expect(outcome.error.split(separator: "\n").count == 1, "\(outcome.error)")
        #expect(outcome.output.isEmpty && folder.contents == ["bad.yaml"])
      }
      try refused("-x*(1", "-xx*(1", 65, "column 2 of '-xx*(1 - x^2 - y^2)': there is no 'xx'")
      try refused("[0, 0]", "[0.1, 0]", 65, "expected a point where nothing changes")
      try refused("-y*(1", "y*(1", 65, "the largest real part 1.")
      try refused("[-1.5, 1.5], [", "[0.5, 1.5], [", 65, "found x = 0.0 for [0.5, 1.5]")
      try refused("-x*(1", "x/(x - x)*(1", 65, "expected a finite rate of x")
      try refused(
        "-x*(1", "-x/(y - 1)*(1", 65,
        "column 3 of '-x/(y - 1)*(1 - x^2 - y^2)': expected what is bounded")
      try refused("-x*(1", "-x*log(1.2 + y)*(1", 65, "column 4 of '-x*log(1.2")
      try refused("-x*(1", "-x*/(1", 65, "column 4 of '-x*/(1 - x^2 - y^2)': expected a number")
      try refused("equations:", "equations: &a", 65, "without anchors")
      let missing = try Tool.run("roa none.yaml", in: folder)
      #expect(missing.status == 66, "\(missing.error)")
    }
  }
}
