import NeuralNetworks
import Tensors
import Testing

@testable import Verification

@Suite("Claims about learned functions that are false by a little")
struct FalsificationTests {
  /// x after a while.
  private static func moved(_ places: Tensor, _ system: DynamicalSystem, time: Double) -> Tensor {
    let (f, steps) = (system.velocities(at:), 20)
    let h = time / Double(steps)
    return (0..<steps).reduce(places) { x, _ in
      let k1 = f(x)
      let k2 = f(x + k1 * (h / 2))
      let k3 = f(x + k2 * (h / 2))
      let k4 = f(x + k3 * h)
      return x + (k1 + k2 * 2 + k3 * 2 + k4) * (h / 6)
    }
  }

  /// Whether W rises along the trajectories from places of {W ≤ b} outside of the ellipsoid: [N] bool.
  private static func rises(_ claim: AttractionClaim, from places: Tensor) -> Tensor {
    let program = Program(
      dimension: 2, outputs: [claim.candidate.value, claim.ellipsoid.form])
    let now = program.values(at: places).map { $0.squeezed(1) }
    let later = program.values(at: moved(places, claim.system, time: 1e-3))[0].squeezed(1)
    return (now[0] .<= claim.level) .& (now[1] .> claim.ellipsoid.radius) .& (later .> now[0])
  }

  private static func refusal(of claim: AttractionClaim) throws -> [Double]? {
    let prover = AttractionProver(system: claim.system, candidate: claim.candidate)
    guard case .counterexample(_, let place) = try prover.prove(claim) else { return nil }
    return place
  }

  @Test("A level raised by 2 % is refused with a place where W does not fall")
  func raisedLevel() throws {
    var claim = try LearnedRegion.proof.get().claim
    claim.level *= 1.02
    let place = try #require(try Self.refusal(of: claim))
    let values = Program(
      dimension: 2,
      outputs: [claim.candidate.value, claim.candidate.rate(0, along: claim.system.field)]
    ).values(at: Tensor(place, shape: [1, 2]))
    #expect(values[0].item <= claim.level)
    let isOnFace = zip(place, claim.system.box).contains {
      $0 == $1.lowerBound || $0 == $1.upperBound
    }
    #expect(isOnFace || values[1].item >= 0)
  }

  @Test(
    "A weight that is disturbed until trajectories climb W is told, in each of some random cases")
  func disturbedWeights() throws {
    let proof = try LearnedRegion.proof.get()
    let file = try AttractionCertificate(proof, title: "").file
    // The last affine map's weights are W's, and so are those of the maps before that are as wide as a layer.
    let names = file.tensors.keys.filter { file.tensors[$0]!.rank == 2 && $0.hasSuffix(".0") }
      .sorted()
    let generator = RandomGenerator(seed: 5)
    let places =
      Boxes(proof.claim.system.box).lower
      + Boxes(proof.claim.system.box).widths
      * generator.uniform([20_000, 2], in: 0..<1, dtype: .float64)
    var cases = 0
    while cases < 6 {
      let draws = generator.uniform([3], in: 0..<1, dtype: .float64).doubles
      let name = names[Int(draws[0] * Double(names.count))]
      var values = file.tensors[name]!.doubles
      let index = Int(draws[1] * Double(values.count))
      values[index] += (draws[2] < 0.5 ? -1 : 1) * 0.2
      var changed = file
      changed.tensors[name] = Tensor(values, shape: file.tensors[name]!.shape)
      let claim = try AttractionCertificate(changed, path: "changed").proof.claim
      guard Self.rises(claim, from: places).any().isTrue else { continue }
      cases += 1
      #expect(try Self.refusal(of: claim) != nil, "\(name)[\(index)]")
      #expect(throws: SplitTreeError.self, "\(name)[\(index)]") {
        try AttractionProof(claim: claim, trees: proof.trees).check()
      }
    }
  }
}
