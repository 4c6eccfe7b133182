import DynamicsTestSupport
import Foundation
import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Certified radii")
struct CertifiedRadiusTests {
  @Test("Where V = δr², the bound of |∇W| is attained", arguments: [0.05, 0.5, 2])
  func quadratic(weight: Double) {
    let lyapunov = quadraticLyapunov([[0, 0], [3, 0], [5, 5]], weight: weight)
    for bound in lyapunov.regionLipschitzBounds {
      // 2δr e^(-δr²) at r = 1 / √(2δ).
      let slope = (2 * weight).squareRoot() * exp(-0.5)
      #expect(bound > slope && bound < slope * (1 + 1e-12))
    }
  }

  @Test(
    "No slope of W on many points exceeds its bound", arguments: ConvexArchitectureKind.allCases)
  func slopes(_ kind: ConvexArchitectureKind) {
    for seed in 0..<4 as Range<UInt64> {
      let lyapunov = kind.lyapunov(seed: seed).detached
      let generator = RandomGenerator(seed: seed, keys: 6)
      let scale = (generator.uniform([2000, 1], in: -3..<1, dtype: .float64) * M_LN10).exp
      for (label, bound) in lyapunov.regionLipschitzBounds.enumerated() {
        let groups = ClassGroups(classes: [Int](repeating: label, count: 2000), classCount: 4)
        let offsets = generator.normal([2000, 4], dtype: .float64) * scale
        let leaf = (lyapunov.equilibria[label] + offsets).differentiable()
        let w = ZubovTransform.region(lyapunov.values(at: leaf, groups: groups))
        let slope = gradient(of: w.sum(), wrt: [leaf])[0].norm(along: 1).max().item
        #expect(slope <= bound && slope > 0)
      }
    }
  }

  /// A model on random inputs, with its labels right for all but every third sample.
  private func measure(
    _ input: ModelInput, count: Int
  ) throws -> (
    model: ZubovNet, trained: any TrainedClassifier, images: Tensor, labels: [Int],
    isCorrect: [Bool]
  ) {
    var settings = ZubovNetMethod.defaults(for: input)
    settings.backbone.features.radius = 0
    let model = try ZubovNet(
      settings, input: input, generator: RandomGenerator(seed: 1), dtype: .float64, device: .cpu)
    let trained = model.trained()
    let images = RandomGenerator(seed: 2).uniform([count] + input.shape, dtype: .float64)
    let predictions = try trained.predictions(images).integers
    let isCorrect = (0..<count).map { $0 % 3 != 2 }
    let labels = zip(predictions, isCorrect).map { $1 ? $0 : ($0 + 1) % input.classCount }
    return (model, trained, images, labels, isCorrect)
  }

  @Test(
    "Radii are e^-V / (L_φ L_W), and bounds are above what is sampled",
    arguments: [ModelInput(shape: [2], classCount: 3), .init(shape: [1, 8, 8], classCount: 10)])
  func radii(_ input: ModelInput) throws {
    let (model, trained, images, labels, isCorrect) = try measure(input, count: 12)
    let found = try #require(
      try trained.certifiedRadius(
        images: images, labels: labels, batchSize: 5, progress: { _ in }))
    let lyapunov = model.lyapunov().detached
    #expect(found.regionBounds == lyapunov.regionLipschitzBounds)
    #expect(found.featureBound == model.backbone.features.lipschitzBound(on: input.shape))

    let leaf = images.differentiable()
    let values = plainValues(lyapunov, classes: labels, at: model.backbone.initialState(leaf))
    let slopes = gradient(of: (-(-values).exp).sum(), wrt: [leaf])[0].flattened(from: 1)
      .norm(along: 1)
    #expect(abs(found.sampledSlope - slopes.max().item) <= 1e-9 * found.sampledSlope)
    for (index, label) in labels.enumerated() {
      let product = found.featureBound * found.regionBounds[label]
      #expect(slopes.doubles[index] <= product)
      let expected = isCorrect[index] ? exp(-values.doubles[index]) / product : 0
      #expect(abs(found.radii[index] - expected) <= 1e-9 * expected)
    }
    #expect(found.radii.contains { $0 > 0 } && found.sampledSlope > 0)
  }

  @Test("Within its radius a sample's W changes by at most what is left to 1")
  func soundness() throws {
    let (model, trained, images, labels, _) = try measure(
      ModelInput(shape: [2], classCount: 3), count: 30)
    let found = try #require(
      try trained.certifiedRadius(
        images: images, labels: labels, batchSize: 5, progress: { _ in }))
    let lyapunov = model.lyapunov().detached
    func remaining(_ images: Tensor) -> [Double] {
      (-plainValues(lyapunov, classes: labels, at: model.backbone.initialState(images))).exp.doubles
    }
    let before = remaining(images)
    let generator = RandomGenerator(seed: 3)
    for _ in 0..<20 {
      let direction = generator.normal([30, 2], dtype: .float64)
      let step =
        direction / direction.norm(along: 1, keeping: true)
        * Tensor(found.radii).unsqueezed(1)
      for (a, b) in zip(before, remaining(images + step)) { #expect(abs(a - b) <= a) }
    }
  }

  @Test("The bound of the features is above the slope between any two images")
  func features() throws {
    func features(_ radius: Double) throws -> Features {
      try Features(
        .init(dimension: 6, radius: radius, normalization: .init(mean: [0.5], deviation: [0.25])),
        input: ModelInput(shape: [1, 8, 8], classCount: 3), generator: RandomGenerator(seed: 4),
        dtype: .float64, device: .cpu)
    }
    let generator = RandomGenerator(seed: 5)
    let a = generator.uniform([50, 1, 8, 8], dtype: .float64)
    let b = a + generator.normal([50, 1, 8, 8], deviation: 0.01, dtype: .float64)
    for features in [try features(0), try features(3)] {
      let moved = (features(a, mode: .inference) - features(b, mode: .inference)).norm(along: 1)
      let slope = (moved / (a - b).flattened(from: 1).norm(along: 1)).max().item
      #expect(slope <= features.lipschitzBound(on: [1, 8, 8]) && slope > 0)
    }
    // Layer normalisation to 3 is steepest where all six features agree: 3 / √(6 ε).
    let factor = 3 / (6e-5 as Double).squareRoot()
    let raw = try features(0).lipschitzBound(on: [1, 8, 8])
    let normed = try features(3).lipschitzBound(on: [1, 8, 8])
    #expect(abs(normed / raw - factor) <= 1e-9 * factor)
  }
}
