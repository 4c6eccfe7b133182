import Tensors

extension ModuleState {
  /// All tensors by name, for instance to be written with `SafeTensors`.
  ///
  /// - Precondition: no name occurs twice.
  public var tensors: [String: Tensor] {
    Dictionary(entries.map { ($0.name, $0.tensor) }) { _, _ in
      preconditionFailure("a module has two tensors of one name: \(entries.map(\.name))")
    }
  }
}
