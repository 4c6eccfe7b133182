import Foundation
import Testing

extension ToolTests {
  @Suite("Certificates of invariance")
  struct InvarianceCertificateTests {
    private let folder: Workplace

    init() throws { folder = try TrainedRuns.shared.get().folder }

    private func certify(_ run: String, _ options: String...) throws -> Tool.Outcome {
      try Tool.run(
        ["certify", run, "--certificate", "invariance", "--limit", "24", "--threads", "1"]
          + options, in: folder)
    }

    @Test("say how much of a split is certified, and that no attack within a radius succeeded")
    func certificate() throws {
      let found = try certify(
        "runs/cone", "--radii", "0,0.1", "--splits", "5", "--attack-steps", "5", "--strict",
        "--format", "json")
      #expect(found.status == 0, "\(found.error)")
      let invariance = try #require(try found.object()["invariance"] as? [String: Any])
      let radii = try #require(invariance["sampleRadii"] as? [Double])
      #expect(radii.count == 24 && radii.allSatisfy { $0 >= 0 } && radii.contains { $0 > 0 })
      let attack = try #require(invariance["attack"] as? [String: Any])
      #expect(attack["attacked"] as? Int == radii.count { $0 > 0 })
      #expect((attack["broken"] as? [Any])?.isEmpty == true)
      #expect(try #require(invariance["boxes"] as? Int) >= 24 * 9)
    }

    @Test("are refused in one line where there are none, and what is missing is said")
    func refusals() throws {
      refused(try certify("runs/zubov"), 64, "a set of states that stays invariant, such as fi-ode")
      refused(try certify("runs/zubov"), 64, "`basin certify --certificate smoothing` works")
      refused(
        try Tool.run("certify runs/cone --limit 1 --state-disturbance 0.1", in: folder),
        64, "such as certified-cell, found fi-ode")
      refused(try certify("runs/cone", "--splits=-1"), 64, "--splits")
      refused(
        try certify("runs/cone", "--set", "model.flow.solver=dopri5"), 78,
        "model.flow.solver: expected euler, heun, ssprk3, ssprk3-2, ")
    }
  }
}
