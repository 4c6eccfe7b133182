import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import Testing

@Suite("Settings that cannot be used are refused by name")
struct SettingsTests {
  typealias Settings = ZubovNetMethod.Settings

  struct Refusal: Sendable, CustomTestStringConvertible {
    let message: String
    let change: @Sendable (inout Settings) -> Void
    var testDescription: String { message }
    init(_ message: String, _ change: @escaping @Sendable (inout Settings) -> Void) {
      (self.message, self.change) = (message, change)
    }
  }

  static let refusals: [Refusal] = [
    .init("lyapunov.sizes: expected positive widths, the last of them 1, found [64, 64]") {
      $0.lyapunov.sizes = [64, 64]
    },
    .init("lyapunov.sizes: expected positive widths, the last of them 1, found []") {
      $0.lyapunov.sizes = []
    },
    .init("lyapunov.sizes: expected an integer from 1 to 65536, found 0") {
      $0.lyapunov.sizes = [0, 1]
    },
    .init("lyapunov.contextSizes: expected 2 positive widths, found [64]") {
      $0.lyapunov.contextSizes = [64]
    },
    .init("lyapunov.quadraticWeight: expected a number above 0, up to 1000000, found 0.0") {
      $0.lyapunov.quadraticWeight = 0
    },
    .init("lyapunov.smoothing: expected a number above 0, up to 1000000, found -0.1") {
      $0.lyapunov.smoothing = -0.1
    },
    .init("lyapunov.radius: expected a number above 0, up to 1000000, found nan") {
      $0.lyapunov.radius = .nan
    },
    .init("losses.exponent: expected a number above 0, up to 1000000, found inf") {
      $0.losses.exponent = .infinity
    },
    .init("losses.margin: expected a number in [0, 1), found 1.0") { $0.losses.margin = 1 },
    .init("losses.margin: expected a number in [0, 1), found nan") { $0.losses.margin = .nan },
    .init("losses.auxiliary: expected a number from 0 to 1000000, found -1.0") {
      $0.losses.auxiliary = -1
    },
    .init("losses.consistency: expected a number from 0 to 1000000, found nan") {
      $0.losses.consistency = .nan
    },
    .init("losses.separation: expected a number from 0 to 1000000, found inf") {
      $0.losses.separation = .infinity
    },
    .init("boundary.level: expected a number in (0, 1), found 1.0") { $0.boundary.level = 1 },
    .init("boundary.tolerance: expected a number above 0, up to 1000000, found 0.0") {
      $0.boundary.tolerance = 0
    },
    .init("boundary.iterationLimit: expected an integer from 1 to 10000, found 0") {
      $0.boundary.iterationLimit = 0
    },
    .init("boundary.randomDirections: expected an integer from 0 to 10000, found -1") {
      $0.boundary.randomDirections = -1
    },
    .init("boundary.classesPerEpoch: expected an integer from 1 to 65536, found 0") {
      $0.boundary.classesPerEpoch = 0
    },
    .init("counterexamples.steps: expected an integer from 0 to 10000, found -2") {
      $0.counterexamples.steps = -2
    },
    .init("counterexamples.rate: expected a number from 0 to 1000000, found -1.2") {
      $0.counterexamples.rate = -1.2
    },
    .init("backbone.hidden: expected an integer from 1 to 65536, found 0") {
      $0.backbone.hidden = 0
    },
    .init("backbone.flow.horizon: expected a number above 0, up to 10000, found -1.0") {
      $0.backbone.flow.horizon = -1
    },
    .init(
      "backbone.features.dimension: expected at least 2, for equilibria to differ in direction, "
        + "found 1"
    ) {
      $0.backbone.features.dimension = 1
    },
    .init("backbone.features.dimension: expected an integer from 1 to 4194304, found 0") {
      $0.backbone.features.dimension = 0
    },
    .init(
      "backbone.features.dimension: expected an integer from 1 to 4194304, "
        + "found 9223372036854775807"
    ) { $0.backbone.features.dimension = .max },
    .init("backbone.flow.intervals: expected an integer from 1 to 10000, found 1000000000") {
      $0.backbone.flow.intervals = 1_000_000_000
    },
    .init("backbone.features.radius: expected a number from 0 to 1000000, found -3.0") {
      $0.backbone.features.radius = -3
    },
    .init(
      "backbone.features.extractor: expected one for inputs of shape [1, 8, 8]: small or "
        + "resnet18, found points"
    ) { $0.backbone.features.extractor = .points },
    .init(
      "backbone.features.normalization: expected 1 means and positive deviations, "
        + "found means [0.5, 0.5], deviations [1.0, 1.0]"
    ) { $0.backbone.features.normalization = .init(mean: [0.5, 0.5], deviation: [1, 1]) },
  ]

  private func build(
    _ input: ModelInput = digitsInput, _ change: (inout Settings) -> Void
  ) throws -> any TrainableClassifier {
    var settings = ZubovNetMethod.defaults(for: input)
    change(&settings)
    return try ZubovNetMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 0), dtype: .float32, device: .cpu)
  }

  @Test("Zubov-Net's", arguments: refusals)
  func zubov(_ refusal: Refusal) {
    let error = #expect(throws: SettingsError.self) { _ = try build(digitsInput, refusal.change) }
    #expect(error?.description == "model.\(refusal.message)")
  }

  @Test("Extractors that do not suit the input")
  func extractors() {
    func message(_ input: ModelInput, _ extractor: Features.Extractor) -> String? {
      #expect(throws: SettingsError.self) {
        _ = try build(input) { $0.backbone.features.extractor = extractor }
      }?.description
    }
    #expect(
      message(pointsInput, .resnet18)
        == "model.backbone.features.extractor: expected one for inputs of shape [2]: points, "
        + "found resnet18")
    #expect(
      message(pointsInput, .small)
        == "model.backbone.features.extractor: expected one for inputs of shape [2]: points, "
        + "found small")
    #expect(
      message(.init(shape: [1, 8, 9], classCount: 2), .small)
        == "model.backbone.features.extractor: expected one for inputs of shape [1, 8, 9]: "
        + "resnet18, found small")
  }

  @Test("A single class")
  func classes() {
    let error = #expect(throws: SettingsError.self) {
      _ = try build(ModelInput(shape: [2], classCount: 1)) { _ in }
    }
    #expect(error?.description == "model.classes: expected at least 2, found 1")
    for count in [0, -1, 65_537, .max] {
      #expect(throws: SettingsError.self) {
        _ = try build(ModelInput(shape: [2], classCount: count)) { _ in }
      }
    }
  }

  @Test(
    "Inputs that no model can be given",
    arguments: [
      [], [0], [1, 8], [1, -8, 8], [1, 8, 8, 8], [.max], [3, .max, 2], [65_536, 65_536, 65_536],
    ])
  func inputs(_ shape: [Int]) {
    let error = #expect(throws: SettingsError.self) {
      _ = try ZubovNetMethod.build(
        ZubovNetMethod.defaults(for: digitsInput), input: ModelInput(shape: shape, classCount: 2),
        generator: RandomGenerator(seed: 0), dtype: .float32, device: .cpu)
    }
    #expect(error?.setting == "input")
  }

  @Test("What is at the edge of its range is accepted")
  func edges() throws {
    _ = try build {
      $0.losses.margin = 0
      $0.losses.auxiliary = 0
      $0.losses.consistency = 0
      $0.losses.separation = 0
      $0.boundary.randomDirections = 0
      $0.boundary.classesPerEpoch = 1
      $0.counterexamples.steps = 0
      $0.counterexamples.rate = 0
      $0.lyapunov.sizes = [1]
      $0.lyapunov.contextSizes = []
    }
    _ = try build {
      $0.lyapunov.architecture = .icnn
      $0.lyapunov.contextSizes = []
    }
  }

  @Test("Changed settings come back from JSON as they were")
  func changed() throws {
    var settings = ZubovNetMethod.defaults(for: pointsInput)
    settings.lyapunov.architecture = .icnn
    settings.losses.relation = .inequality
    settings.losses.consistencyReduction = .sum
    settings.losses.auxiliaryHead = .free
    settings.boundary.search = .bisection
    settings.backbone.flow.solver = .rk4
    settings.backbone.flow.errorNorm = .perBatch
    settings.backbone.features.extractor = .points
    settings.counterexamples.rate = 0.1
    let read = try JSONDecoder().decode(Settings.self, from: JSONEncoder().encode(settings))
    #expect(read.lyapunov.architecture == .icnn)
    #expect(read.losses.relation == .inequality && read.losses.consistencyReduction == .sum)
    #expect(read.losses.auxiliaryHead == .free && read.boundary.search == .bisection)
    #expect(read.backbone == settings.backbone)
    #expect(read.counterexamples.rate == 0.1)
  }
}
