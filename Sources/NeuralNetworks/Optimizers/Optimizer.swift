import Tensors

/// Something that changes parameters against their gradients, in place.
///
/// Its `state` holds all that it remembers between steps, under names made of the parameters', so
/// that an optimizer restored with `load` continues bit for bit.
public protocol Optimizer: AnyObject, Module {
  /// The step size, to be set before each step that should have another.
  var learningRate: Double { get set }

  /// Takes a step.
  ///
  /// - Parameter gradients: of the loss with respect to each parameter, in the parameters' order.
  func step(gradients: [Tensor])
}

extension ModuleState {
  /// Zero buffers, one for each parameter, called `suffix` behind its name.
  func zeroBuffers(_ suffix: String) -> ModuleState {
    entries.filter(\.isParameter).reduce(ModuleState()) {
      $0 + ModuleState(buffers: [suffix: .zeros(like: $1.tensor)]).prefixed($1.name)
    }
  }

  /// The tensors alone, in order.
  var tensorList: [Tensor] { entries.map(\.tensor) }
}
