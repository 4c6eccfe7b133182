import Tensors

/// Something with named tensors: parameters that training changes and buffers that it keeps.
///
/// A module lists its tensors itself; there is no reflection. Tensors have reference semantics, so
/// loading and optimizing change them in place, and a module is a plain value or class around them.
public protocol Module {
  /// All its tensors by name, those of its parts under the names of the parts.
  var state: ModuleState { get }
}

extension Module {
  /// The tensors that training changes, in the order of `state`.
  public var parameters: [Tensor] { state.parameters }

  /// Number of trainable numbers.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
}

/// Named tensors in the order of a PyTorch state dict.
public struct ModuleState: Sendable {
  /// A tensor with its name.
  public struct Entry: Sendable {
    /// Its name in a PyTorch state dict, such as `layer1.0.conv1.weight`.
    public let name: String
    /// The tensor itself: what changes it in place changes the module.
    public let tensor: Tensor
    /// Parameters are trained; buffers (running statistics, fixed equilibria) are only stored.
    public let isParameter: Bool
    /// What the tensor is where a file has nothing of its layer; nil where it has to be there.
    var absent: (@Sendable () -> Tensor)?
  }

  /// In order.
  public private(set) var entries: [Entry]

  /// Parameters, then buffers, each in the order given.
  public init(
    parameters: KeyValuePairs<String, Tensor> = [:], buffers: KeyValuePairs<String, Tensor> = [:]
  ) {
    entries =
      parameters.map { Entry(name: $0, tensor: $1, isParameter: true) }
      + buffers.map { Entry(name: $0, tensor: $1, isParameter: false) }
  }

  private init(entries: [Entry]) { self.entries = entries }

  /// The tensors that are trained, in order.
  public var parameters: [Tensor] { entries.filter(\.isParameter).map(\.tensor) }

  /// The same tensors under `prefix.name`.
  public func prefixed(_ prefix: String) -> ModuleState {
    ModuleState(
      entries: entries.map {
        Entry(
          name: "\(prefix).\($0.name)", tensor: $0.tensor, isParameter: $0.isParameter,
          absent: $0.absent)
      })
  }

  /// The same tensors, of a layer that files may leave out: it is then the identity, so that its weight
  /// [n, n] is the identity matrix, and its bias is 0.
  func isIdentityWhereAbsent() -> ModuleState {
    ModuleState(
      entries: entries.map { entry in
        var entry = entry
        let tensor = entry.tensor
        entry.absent = {
          tensor.rank == 2
            ? .identity(tensor.shape[0], dtype: tensor.dtype, device: tensor.device)
            : .zeros(like: tensor)
        }
        return entry
      })
  }

  /// The parameters whose names pass, without the buffers.
  public func parameters(_ isIncluded: (String) -> Bool) -> ModuleState {
    ModuleState(entries: entries.filter { $0.isParameter && isIncluded($0.name) })
  }

  /// The tensors of a, then those of b.
  public static func + (a: ModuleState, b: ModuleState) -> ModuleState {
    ModuleState(entries: a.entries + b.entries)
  }
}

/// Whether a forward pass is part of training (batch statistics) or of use (running statistics).
/// It is passed along, never stored, so no call can leave a model in the wrong mode.
public enum ForwardMode: Sendable, Hashable {
  case training, inference
}

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
