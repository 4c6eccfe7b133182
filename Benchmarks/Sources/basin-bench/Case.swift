import ArgumentParser
import DifferentialEquations
import Methods
import NeuralNetworks
import StableDynamics
import Tensors

/// The peer's cases by the peer's names (peer/cases.py): which model, which settings, which work.
enum Case: String, CaseIterable, ExpressibleByArgument {
  case zubovDigits = "zubov-digits"
  case zubovWide10 = "zubov-256-10"
  case zubovWide100 = "zubov-256-100"
  case neuralODEDigits = "neural-ode-digits"
  case resNet18 = "resnet18"
  case certifiedDigits = "certified-digits"
  case certifiedVectors = "certified-vectors"
  case certifiedMaps = "certified-maps"
  case inferenceZubovDigits = "inference-zubov-digits"
  case inferenceResNet18 = "inference-resnet18"
  case attackDigits = "pgd10-digits"
  case attackNeuralODEDigits = "pgd10-neural-ode-digits"

  enum Work { case step, inference, attack }

  var work: Work {
    switch self {
    case .zubovDigits, .zubovWide10, .zubovWide100, .neuralODEDigits, .resNet18, .certifiedDigits,
      .certifiedVectors, .certifiedMaps:
      .step
    case .inferenceZubovDigits, .inferenceResNet18: .inference
    case .attackDigits, .attackNeuralODEDigits: .attack
    }
  }

  private var input: ModelInput {
    switch self {
    case .resNet18, .inferenceResNet18, .certifiedMaps:
      ModelInput(shape: [3, 32, 32], classCount: 10)
    case .certifiedVectors: ModelInput(shape: [1, 28, 28], classCount: 10)
    case .zubovWide100: ModelInput(shape: [1, 8, 8], classCount: 100)
    default: ModelInput(shape: [1, 8, 8], classCount: 10)
    }
  }

  /// The model with Basin's default settings, or with those that make it do the peer's arithmetic:
  /// Algorithm 1 as printed, and one step size for the whole batch in use as well.
  func model(matched: Bool) throws -> any TrainableClassifier {
    switch self {
    case .resNet18, .inferenceResNet18:
      return try build(ResNet18Method.self) { _ in }
    case .certifiedDigits, .certifiedVectors:
      return try build(CertifiedCellMethod.self) { _ in }
    case .certifiedMaps:
      return try build(CertifiedCellMethod.self) {
        $0.features.channels = [16, 64]
        ($0.features.width, $0.features.dimension) = (4096, 4096)
        ($0.features.depth, $0.features.rank) = (1, 64)
      }
    case .neuralODEDigits, .attackNeuralODEDigits:
      return try build(NeuralODEMethod.self) {
        if matched { $0.backbone.flow.errorNorm = .perBatch }
      }
    case .zubovDigits, .zubovWide10, .zubovWide100, .inferenceZubovDigits, .attackDigits:
      return try build(ZubovNetMethod.self) {
        if matched {
          $0.boundary.search = .bisection
          $0.backbone.flow.errorNorm = .perBatch
        }
        if self == .zubovWide10 || self == .zubovWide100 {
          $0.backbone.features.dimension = 256
          $0.lyapunov.sizes = [256, 1]
          $0.lyapunov.contextSizes = [256]
        }
      }
    }
  }

  private func build<M: Method>(
    _ method: M.Type, _ change: (inout M.Settings) -> Void
  ) throws -> any TrainableClassifier {
    var settings = method.defaults(for: input)
    change(&settings)
    return try method.build(
      settings, input: input, generator: RandomGenerator(seed: 0), dtype: .float32, device: .cpu)
  }
}

/// A file of the peer's make_case.py.
struct Batch {
  let images: Tensor
  let labels: Tensor
  let rays: BoundaryRays?
  /// The given start of an attack.
  let noise: Tensor?

  init(contentsOf path: String) throws {
    let tensors = try SafeTensors(contentsOf: path).tensors
    guard let images = tensors["in.images"], let labels = tensors["in.labels"] else {
      throw ValidationError("\(path): no in.images and in.labels")
    }
    self.images = images
    self.labels = labels
    noise = tensors["in.noise"]
    rays = tensors["in.rays.owner"].flatMap { owners in
      tensors["in.rays.direction"].map {
        BoundaryRays(owners: owners.integers, directions: $0)
      }
    }
  }
}
