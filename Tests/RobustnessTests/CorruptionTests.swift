import Robustness
import Tensors
import Testing

@Suite("Corruptions")
struct CorruptionTests {
  static func all(_ level: Int) throws -> [any Corruption] {
    let severity = try Severity(level)
    return [
      GaussianNoise(severity: severity), ShotNoise(severity: severity),
      ImpulseNoise(severity: severity),
    ]
  }

  @Test("the formulas hold for the same draws") func formulas() throws {
    let image = RandomGenerator(seed: 1).uniform([3, 8, 8])
    let severity = try Severity(3)
    func draws() -> RandomGenerator { RandomGenerator(seed: 9) }

    let gaussian = GaussianNoise(severity: severity).corrupt(image, using: draws())
    #expect(gaussian.doubles == (image + draws().normal([3, 8, 8]) * 0.08).doubles)

    let shot = ShotNoise(severity: severity).corrupt(image, using: draws())
    #expect(shot.doubles == (draws().poisson(rates: image * 100) / 100).doubles)

    let impulse = ImpulseNoise(severity: severity).corrupt(image, using: draws()).doubles
    let uniform = draws().uniform([3, 8, 8]).doubles
    for (place, u) in uniform.enumerated() {
      let expected = u < 0.015 ? 1 : u < 0.03 ? 0 : image.doubles[place]
      #expect(impulse[place] == expected)
    }
  }

  @Test(
    "on mid-grey the noise has its mean and deviation",
    arguments: [
      (
        32, [0.04, 0.06, 0.08, 0.09, 0.10], [500, 250, 100, 75, 50.0],
        [0.01, 0.02, 0.03, 0.05, 0.07]
      ),
      (
        64, [0.04, 0.08, 0.12, 0.15, 0.18], [250, 100, 50, 30, 15.0],
        [0.01, 0.02, 0.05, 0.08, 0.14]
      ),
      (
        224, [0.08, 0.12, 0.18, 0.26, 0.38], [60, 25, 12, 5, 3.0], [0.03, 0.06, 0.09, 0.17, 0.27]
      ),
    ])
  func moments(size: Int, deviations: [Double], photons: [Double], shares: [Double]) throws {
    let width = 300_000 / size
    let image = Tensor.full(0.5, [1, size, width])
    for level in 1...5 {
      let expected = [
        deviations[level - 1], (0.5 / photons[level - 1]).squareRoot(),
        (0.25 * shares[level - 1]).squareRoot(),
      ]
      for (corruption, deviation) in zip(try Self.all(level), expected) {
        let noise = corruption.corrupt(image, using: RandomGenerator(seed: 4)) - 0.5
        #expect(abs(noise.mean().item) < 5 * deviation / 500, "\(corruption.name) \(level)")
        let found = noise.squared.mean().item.squareRoot()
        #expect(abs(found / deviation - 1) < 0.06, "\(corruption.name) \(level)")
      }
    }
  }

  @Test("images of 8 x 8 and points take the constants of 32 x 32") func tiny() throws {
    for shape in [[1, 8, 8], [64], [1, 32, 32]] {
      let noise = try GaussianNoise(severity: Severity(5))
        .corrupt(.zeros(shape), using: RandomGenerator(seed: 2))
      #expect(noise.doubles == (RandomGenerator(seed: 2).normal(shape) * 0.10).doubles)
    }
  }

  @Test("a sample's corruption depends on seed and index, not on the batch") func determinism()
    throws
  {
    let images = RandomGenerator(seed: 1).uniform([6, 1, 8, 8])
    for corruption in try Self.all(4) {
      let together = try corruption.applied(to: images, indices: [10, 11, 12, 13, 14, 15], seed: 7)
      let apart = try corruption.applied(
        to: images.selecting(Tensor([4, 2] as [Int64])), indices: [14, 12], seed: 7)
      #expect(apart[0].doubles == together[4].doubles)
      #expect(apart[1].doubles == together[2].doubles)
      let other = try corruption.applied(to: images, indices: [10, 11, 12, 13, 14, 15], seed: 8)
      #expect(other.doubles != together.doubles)
    }
  }

  @Test("equal images are corrupted differently, and so at each severity") func independence()
    throws
  {
    let images = Tensor.full(0.5, [2, 1, 8, 8])
    let severe = try GaussianNoise(severity: Severity(5))
    let twins = try severe.applied(to: images, indices: [0, 1], seed: 0)
    #expect(twins[0].doubles != twins[1].doubles)
    // With the same draws both would move every pixel in the same direction.
    let mild = try GaussianNoise(severity: Severity(4)).applied(
      to: images, indices: [0, 1], seed: 0)
    let agreement = ((mild - 0.5).sign * (twins - 0.5).sign).mean().item
    #expect(abs(agreement) < 0.5)
  }

  @Test("images come out in [0, 1] at whole 8-bit levels, untouched levels as they were")
  func levels() throws {
    let levels = (Tensor.range(256, dtype: .float32) / 255).reshaped([1, 1, 16, 16])
    for corruption in try Self.all(2) {
      let values = try corruption.applied(to: levels, indices: [0], seed: 0).doubles
      #expect(values.allSatisfy { abs(($0 * 255).rounded() - $0 * 255) < 1e-4 })
      #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
    let impulse = try ImpulseNoise(severity: Severity(1)).applied(to: levels, indices: [0], seed: 0)
    let kept = zip(impulse.doubles, levels.doubles).count { abs($0 - $1) < 1e-6 }
    #expect(kept >= 245)
  }
}
