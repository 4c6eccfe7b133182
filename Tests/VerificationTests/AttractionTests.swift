import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Verification

@Suite("Regions of attraction, proven")
struct AttractionTests {
  private static let quadratic = AttractionProver(
    system: Systems.vanDerPol, candidate: LyapunovCandidate(Systems.vanDerPolFunction))

  private static let proof = Result { try #require(quadratic.largestLevel().proof) }

  @Test("The unit disc is proven up to its boundary, and not beyond")
  func disc() throws {
    var prover = AttractionProver(
      system: Systems.disc, candidate: LyapunovCandidate(Systems.discFunction))
    prover.search.relaxationTolerance = 0.01
    let proof = try #require(prover.largestLevel().proof)
    #expect(proof.claim.level < 1 && proof.claim.level > 0.98)
    try proof.check()
    let outside = try prover.prove(level: 1.001)
    guard case .counterexample(let part, let place) = outside else {
      Issue.record("expected a counterexample, found \(outside)")
      return
    }
    #expect(part == "decrease.0" && place.reduce(0) { $0 + $1 * $1 } >= 1)
  }

  @Test("A box that is proven whole has a level that can be written")
  func wholeBox() throws {
    let system = DynamicalSystem(equilibrium: [0], box: [-0.5...0.5]) { x in
      .concatenated([x[0] * x[0].squared - x[0]])
    }
    let prover = AttractionProver(
      system: system, candidate: LyapunovCandidate(Term.state(1)[0].squared))
    let proof = try #require(prover.largestLevel().proof)
    #expect(proof.claim.level >= 0.25 && proof.claim.level < 0.2501)
    let file = try AttractionCertificate(proof, title: "whole").file
    try AttractionCertificate(SafeTensors(bytes: file.bytes), path: "whole").proof.check()
  }

  @Test("The best level of Van der Pol's quadratic function is the known one")
  func quadratic() throws {
    let proof = try Self.proof.get()
    // Along each ray dV·f is r² (k r² - 1), which gives the least V at which it is 0: 2.30448.
    #expect(proof.claim.level > 2.29 && proof.claim.level < 2.30448)
    try proof.check()
    try proof.check(batchSize: 77)
  }

  @Test("A level raised by 2 % is refused with a place where V does not fall")
  func raisedLevel() throws {
    let proof = try Self.proof.get()
    let outcome = try Self.quadratic.prove(level: proof.claim.level * 1.02)
    guard case .counterexample(_, let place) = outcome else {
      Issue.record("expected a counterexample, found \(outcome)")
      return
    }
    let x = Tensor(place, shape: [1, 2])
    let rate = Systems.vanDerPolFunction.rate(along: Systems.vanDerPol.field)
    let values = Program(dimension: 2, outputs: [Systems.vanDerPolFunction, rate]).values(at: x)
    #expect(values[0].item <= proof.claim.level * 1.02 && values[1].item >= 0)
    #expect(throws: SplitTreeError.self) {
      var claim = proof.claim
      claim.level *= 1.02
      try AttractionProof(claim: claim, trees: proof.trees).check()
    }
  }

  @Test("Levels raised by 2 % are refused for whatever quadratic function", arguments: 0..<4)
  func raisedLevels(_ seed: Int) throws {
    let prover = AttractionProver(
      system: Systems.vanDerPol, candidate: Systems.randomQuadratic(seed: seed))
    let proof = try #require(prover.largestLevel().proof)
    guard case .counterexample = try prover.prove(level: proof.claim.level * 1.02) else {
      Issue.record("expected a counterexample above \(proof.claim.level)")
      return
    }
  }

  @Test(
    "Proofs that are damaged anywhere are refused", arguments: ["inner", "closed.1", "decrease.0"])
  func damagedTree(_ part: String) throws {
    let proof = try Self.proof.get()
    var trees = proof.trees
    trees[part]!.fates.removeLast()
    #expect(throws: SplitTreeError.incomplete) {
      try AttractionProof(claim: proof.claim, trees: trees).check()
    }
    trees[part] = nil
    #expect(throws: SplitTreeError.incomplete) {
      try AttractionProof(claim: proof.claim, trees: trees).check()
    }
    trees[part] = SplitTree(fates: [SplitTree.Fate.proven])
    #expect(throws: SplitTreeError.self) {
      try AttractionProof(claim: proof.claim, trees: trees).check()
    }
    trees[part] = SplitTree(fates: [7])
    #expect(throws: SplitTreeError.unknownAxis(7, dimension: 2)) {
      try AttractionProof(claim: proof.claim, trees: trees).check()
    }
  }

  @Test("An ellipsoid that is none of the field is refused")
  func ellipsoid() throws {
    let proof = try Self.proof.get()
    var claim = proof.claim
    claim.ellipsoid.radius *= 1.1
    #expect(throws: (any Error).self) {
      try AttractionProof(claim: claim, trees: proof.trees).check()
    }
    claim.ellipsoid.radius = 0
    #expect(throws: AttractionError.unsoundEllipsoid) {
      try AttractionProof(claim: claim, trees: proof.trees).check()
    }
  }

  @Test("No trajectory leaves what is proven, and all come home")
  func simulation() throws {
    let claim = try Self.proof.get().claim
    let found = try claim.trajectories(count: 5000, seed: 3)
    #expect(found.count == 5000 && found.leaving.shape == [0, 2] && found.undecided == 0)
    // The limit cycle is inside of what a much higher level claims.
    var wrong = claim
    wrong.level *= 4
    #expect(try wrong.trajectories(count: 500, seed: 3).leaving.shape[0] > 0)
  }

  @Test("What does not attract, or is nowhere near 0, is refused")
  func refused() {
    let repelled = DynamicalSystem(equilibrium: [0, 0], box: [-1...1, -1...1]) { $0 * 0.5 }
    let outside = DynamicalSystem(equilibrium: [2, 0], box: [-1...1, -1...1]) {
      .concatenated([2 - $0[0], -$0[1]])
    }
    let pushed = DynamicalSystem(equilibrium: [0.1, 0], box: [-1...1, -1...1]) { $0 * -1 }
    func found(_ system: DynamicalSystem) -> AttractionError? {
      let prover = AttractionProver(
        system: system, candidate: LyapunovCandidate(Systems.discFunction))
      do {
        _ = try prover.largestLevel()
        return nil
      } catch { return error as? AttractionError }
    }
    #expect(found(repelled) == .unstable)
    #expect(found(outside) == .outside(equilibrium: [2, 0]))
    guard case .nothing(part: "inner", _) = found(pushed) else {
      Issue.record("expected a refusal of a place that is no equilibrium")
      return
    }
  }
}
