import Catalogs
import Tensors

extension Module {
  /// Replaces the elements of the module's tensors by those given under the same names.
  ///
  /// Names and shapes must be the same. Element types too, except that float32 and float64 are
  /// converted into each other; numbers must be finite in the module's type. PyTorch's counters
  /// `num_batches_tracked` are ignored. A layer that files may leave out (ResNet-18's `fc` of as many
  /// features as channels) becomes the identity where none of its tensors is given.
  ///
  /// - Parameters:
  ///   - source: where the tensors are from, for the error.
  ///   - allowingMissing: whether tensors of the module that are not given keep their elements.
  ///   - allowingUnexpected: whether given tensors that the module does not have are ignored.
  /// - Throws: `ModuleStateError` with everything that does not fit; then nothing was changed.
  public func load(
    _ tensors: [String: Tensor], from source: String = "state", allowingMissing: Bool = false,
    allowingUnexpected: Bool = false
  ) throws(ModuleStateError) {
    let state = state
    let own = state.tensors
    let tensors = state.completing(tensors)
    var problems: [ModuleStateError.Problem] = []
    let missing = state.entries.map(\.name).filter { tensors[$0] == nil }
    if !allowingMissing { problems += missing.map { .missing($0) } }
    if !allowingUnexpected {
      let unexpected = tensors.keys.filter { own[$0] == nil && !isBatchCounter($0) }.sorted()
      // A hostile file must not make its error expensive.
      let candidates = unexpected.count <= 200 ? missing : []
      problems += unexpected.map { .unexpected($0, similar: $0.nearestName(of: candidates)) }
    }

    var assignments: [(target: Tensor, elements: Tensor)] = []
    for entry in state.entries {
      guard let given = tensors[entry.name] else { continue }
      if let problem = entry.problem(with: given) {
        problems.append(problem)
      } else {
        assignments.append((entry.tensor, given))
      }
    }
    guard problems.isEmpty else { throw ModuleStateError(problems, source: source) }
    for (target, elements) in assignments { target.assign(elements) }
  }
}

extension ModuleState {
  /// Tensors that a file holds, with those of the layers that it may leave out and does.
  fileprivate func completing(_ tensors: [String: Tensor]) -> [String: Tensor] {
    func layer(_ name: String) -> Substring {
      name[..<(name.lastIndex(of: ".") ?? name.startIndex)]
    }
    let optional = entries.filter { $0.absent != nil }
    let given = Set(optional.map(\.name).filter { tensors[$0] != nil }.map(layer))
    // A file that has nothing of the module leaves out no layer: it is another file.
    guard entries.contains(where: { $0.absent == nil && tensors[$0.name] != nil }) else {
      return tensors
    }
    var completed = tensors
    for entry in optional where !given.contains(layer(entry.name)) {
      completed[entry.name] = entry.absent!()
    }
    return completed
  }
}

private func isBatchCounter(_ name: String) -> Bool {
  name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
}

extension ModuleState.Entry {
  /// Why a tensor cannot take the place of this one.
  fileprivate func problem(with given: Tensor) -> ModuleStateError.Problem? {
    guard given.shape == tensor.shape else {
      return .wrongShape(name, expected: tensor.shape, found: given.shape)
    }
    let isFloatingPoint = given.dtype.isFloatingPoint && tensor.dtype.isFloatingPoint
    guard given.dtype == tensor.dtype || isFloatingPoint else {
      return .wrongType(name, expected: tensor.dtype, found: given.dtype)
    }
    guard isFloatingPoint else { return nil }
    let unusable = (.!given.to(tensor.dtype).isFinite).to(.int64).sum().integers[0]
    return unusable == 0 ? nil : .notFinite(name, count: unusable)
  }
}
