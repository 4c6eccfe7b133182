import Tensors

/// A multilayer perceptron for points [N, d], by default 2-64-64-2 for the plane.
///
/// The layers are called 0, 2, 4, ... as in a PyTorch `Sequential` with the activations between.
public struct PointExtractor: FeatureExtractor, Sendable {
  /// What follows every layer but the last.
  public enum Activation: String, Sendable, Hashable, CaseIterable {
    case tanh, relu

    /// The activation of x, elementwise.
    public func callAsFunction(_ x: Tensor) -> Tensor {
      switch self {
      case .tanh: x.tanh
      case .relu: x.relu
      }
    }
  }

  /// In the order of their application.
  public let layers: [Linear]
  /// What follows each layer but the last.
  public let activation: Activation

  /// An extractor with PyTorch's default initialisation.
  ///
  /// - Parameter widths: coordinates that enter, hidden widths, features that leave.
  public init(
    widths: [Int] = [2, 64, 64, 2], activation: Activation = .tanh, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    precondition(widths.count >= 2, "PointExtractor of widths \(widths)")
    layers = zip(widths, widths.dropFirst()).map {
      Linear(inputs: $0, outputs: $1, generator: generator, dtype: dtype, device: device)
    }
    self.activation = activation
  }

  public var featureCount: Int { layers[layers.count - 1].weight.shape[0] }

  public func callAsFunction(_ points: Tensor, mode: ForwardMode = .inference) -> Tensor {
    layers.dropFirst().reduce(layers[0](points)) { $1(activation($0)) }
  }

  public var state: ModuleState {
    layers.enumerated().reduce(ModuleState()) { $0 + $1.element.state.prefixed("\(2 * $1.offset)") }
  }
}

extension PointExtractor {
  /// tanh and ReLU have slopes of at most 1.
  public func lipschitzBound(on shape: [Int]) -> Double {
    layers.reduce(1) { $0 * $1.lipschitzBound }
  }
}
