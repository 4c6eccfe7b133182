import NeuralNetworks
import Tensors

/// A smaller network of the same outputs: the units of a pruned one that say nothing are left out.
///
/// A hidden unit says nothing if the next layer's weights for it are all 0, or if its own are: then it
/// is a(b) for all inputs, with its bias b and the activation a, which the next layer's bias takes
/// over. It cannot where the next layer has no bias, or puts zeros around maps, so that a(b) is not
/// what it sees at their edges; such a unit stays unless a(b) = 0. (A constant map stays one under
/// max-pooling and flattening.) What is left out of one layer can silence units of another, so this
/// is repeated until nothing changes. One unit of each layer stays whatever it says.
public struct UnitRemoval: Sendable {
  /// The state of the smaller network, by name.
  public let tensors: [String: Tensor]
  /// Units of each group, in the order given, before and after.
  public let counts: [(units: HiddenUnits, before: Int, after: Int)]

  /// - Parameters:
  ///   - state: all tensors of the pruned network.
  ///   - units: what of it can be left out.
  public init(of state: ModuleState, hiddenUnits units: [HiddenUnits]) {
    let original = state.tensors.mapValues(\.detached)
    var tensors = original
    withoutGradients {
      while true {
        var isSmaller = false
        for group in units where Self.remove(group, from: &tensors) { isSmaller = true }
        if !isSmaller { break }
      }
    }
    self.tensors = tensors
    counts = units.map {
      let name = "\($0.source).weight"
      return ($0, original[name]!.shape[0], tensors[name]!.shape[0])
    }
  }

  /// Leaves out what can be of one group of units; false if nothing can.
  private static func remove(
    _ units: HiddenUnits, from tensors: inout [String: Tensor]
  ) -> Bool {
    let names = (
      weight: "\(units.source).weight", bias: "\(units.source).bias",
      reader: "\(units.reader).weight", readerBias: "\(units.reader).bias"
    )
    let (weight, reader) = (tensors[names.weight]!, tensors[names.reader]!)
    let count = weight.shape[0]
    // [outputs, units, numbers of each]
    let read = reader.reshaped([reader.shape[0], count, -1])
    let isUnread = read.magnitude.max(along: 0, 2) .== 0
    let constants = units.activation(
      tensors[names.bias] ?? .zeros([count], dtype: weight.dtype, device: weight.device))
    let isFoldable = tensors[names.readerBias] != nil && !units.readerIsPadded
    let isSilent = isFoldable ? constants.isFinite : constants .== 0
    let isConstant = (weight.reshaped([count, -1]).magnitude.max(along: 1) .== 0) .& isSilent
    var isKept = (.!(isUnread .| isConstant)).integers.map { $0 != 0 }
    if !isKept.contains(true) { isKept[0] = true }
    let kept = isKept.indices.filter { isKept[$0] }
    if kept.count == count { return false }

    if let bias = tensors[names.readerBias] {
      // What is left out of the constant units; unread ones add nothing.
      let removed = Tensor(
        zip(isKept, isConstant.integers).map { !$0 && $1 != 0 ? 1.0 : 0 }, device: weight.device)
      let share = Tensor.select(
        removed .> 0, constants.to(.float64), Tensor.zeros(like: removed))
      let added = (read.to(.float64).sum(along: 2) * share.unsqueezed(0)).sum(along: 1)
      tensors[names.readerBias] = (bias.to(.float64) + added).to(bias.dtype)
    }
    let indices = Tensor(kept.map(Int64.init), device: weight.device)
    tensors[names.weight] = weight.selecting(indices)
    if let bias = tensors[names.bias] { tensors[names.bias] = bias.selecting(indices) }
    var shape = reader.shape
    shape[1] = shape[1] / count * kept.count
    tensors[names.reader] = read.selecting(indices, along: 1).reshaped(shape)
    return true
  }
}
