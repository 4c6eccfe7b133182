import DifferentialEquations
import NeuralNetworks
import Tensors

/// The right-hand side f of dh/dt = f(h): a trainable map of states [N, d] to velocities [N, d].
public protocol Field: Module, Sendable {
  /// f(h), once differentiable with respect to h and the parameters.
  func callAsFunction(_ h: Tensor) -> Tensor

  /// f, with what depends on its parameters alone computed once and recorded: for the many
  /// evaluations of a solution. Valid until a parameter changes.
  func prepared() -> (Tensor) -> Tensor

  /// `prepared()` for a solver, which may take steps of some fields as a whole.
  func preparedForSolver() -> VectorField

  /// Units that can be left out; empty for fields that do not say.
  var hiddenUnits: [HiddenUnits] { get }
}

extension Field {
  public func prepared() -> (Tensor) -> Tensor { { self($0) } }
  public func preparedForSolver() -> VectorField { .autonomous(prepared()) }
  public var hiddenUnits: [HiddenUnits] { [] }
}

/// f(h) = W_2 a(W_0 h + b_0) + b_2 with any activation a; `TanhField` is the faster form for tanh.
public struct PerceptronField: Field {
  let first: Linear
  let second: Linear
  let activation: Activation

  /// Creates a field with initial weights as of PyTorch's `Linear`.
  ///
  /// - Parameters:
  ///   - dimension: d.
  ///   - hidden: the width n of the hidden layer.
  public init(
    dimension: Int, hidden: Int, activation: Activation, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    first = Linear(
      inputs: dimension, outputs: hidden, generator: generator, dtype: dtype, device: device)
    second = Linear(
      inputs: hidden, outputs: dimension, generator: generator, dtype: dtype, device: device)
    self.activation = activation
  }

  public var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  public func callAsFunction(_ h: Tensor) -> Tensor { second(activation(first(h))) }

  public var hiddenUnits: [HiddenUnits] {
    [HiddenUnits(from: "0", to: "2", activation: activation, setting: "hidden")]
  }
}
