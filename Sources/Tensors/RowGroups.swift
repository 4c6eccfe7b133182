import CTorch

/// A division of a matrix's rows into consecutive groups, such as points sorted by class.
public struct RowGroups: Sendable, Hashable {
  /// Group g holds rows `offsets[g] ..< offsets[g + 1]`.
  let offsets: [Int64]

  /// Consecutive groups of so many rows each, 0 for an empty one.
  public init(sizes: [Int]) {
    offsets = sizes.reduce(into: [0]) { $0.append($0.last! + Int64($1)) }
  }

  /// Groups, empty ones included.
  public var count: Int { offsets.count - 1 }
  /// Rows of all groups together.
  public var rowCount: Int { Int(offsets.last!) }

  /// The rows of each group.
  public var ranges: [Range<Int>] {
    zip(offsets, offsets.dropFirst()).map { Int($0)..<Int($1) }
  }

  /// The same groups where each row became `lanes` consecutive rows.
  func repeated(_ lanes: Int) -> [Int64] { offsets.map { $0 * Int64(lanes) } }
}

/// Unrecorded operations on grouped rows, the parts of hand-written forward and backward passes.
/// Every point has `lanes` consecutive rows: its value and, with two lanes, a tangent.
extension Tensor {
  /// Each group's rows times the transpose of its own matrix: x [N · lanes, in],
  /// weights [G, out, in], result [N · lanes, out], added in place to `sum` where given.
  public func groupedLinear(
    _ weights: Tensor, groups: RowGroups, lanes: Int, addingTo sum: Tensor? = nil
  ) -> Tensor {
    Tensor(
      ct_grouped_linear(
        handle, weights.handle, groups.repeated(lanes), Int32(groups.count), sum?.handle),
      "groupedLinear", [self, weights])
  }

  /// Each group's rows times its own matrix: y [N · lanes, out], weights [G, out, in].
  public func groupedLinearTransposed(
    _ weights: Tensor, groups: RowGroups, lanes: Int, addingTo sum: Tensor? = nil
  ) -> Tensor {
    Tensor(
      ct_grouped_linear_transposed(
        handle, weights.handle, groups.repeated(lanes), Int32(groups.count), sum?.handle),
      "groupedLinearTransposed", [self, weights])
  }

  /// Σ y xᵀ over each group's rows, [G, out, in].
  public func groupedOuter(_ x: Tensor, groups: RowGroups, lanes: Int) -> Tensor {
    Tensor(
      ct_grouped_outer(handle, x.handle, groups.repeated(lanes), Int32(groups.count)),
      "groupedOuter", [self, x])
  }

  /// The sum of each group's value rows, [G, n].
  public func groupedSum(groups: RowGroups, lanes: Int) -> Tensor {
    Tensor(
      ct_grouped_sum(handle, groups.offsets, Int32(groups.count), Int32(lanes)), "groupedSum",
      [self])
  }

  /// Softplus of value rows plus their group's bias [G, n], and its slope times the tangent rows;
  /// with the slopes [N, n].
  ///
  /// - Parameter isRise: whether values are softplus(a + bias) - softplus(bias), which is right to
  ///   rounding of its own size near a = 0, and exactly 0 there.
  public func softplusLanes(
    bias: Tensor, groups: RowGroups, lanes: Int, isRise: Bool = false
  ) -> (values: Tensor, slope: Tensor) {
    var values: CTTensor?
    var slope: CTTensor?
    torchCheck(
      ct_softplus_lanes(
        handle, bias.handle, groups.offsets, Int32(groups.count), Int32(lanes), isRise, &values,
        &slope),
      "softplusLanes \(shape)")
    return (Tensor(values, "softplusLanes"), Tensor(slope, "softplusLanes"))
  }

  /// The derivative through `softplusLanes`: `self` is the one with respect to its values.
  public func softplusLanesBackward(input: Tensor, slope: Tensor, lanes: Int) -> Tensor {
    Tensor(
      ct_softplus_lanes_backward(handle, input.handle, slope.handle, Int32(lanes)),
      "softplusLanesBackward", [self, input, slope])
  }

  /// tanh, unrecorded.
  public var fastTanh: Tensor { Tensor(ct_fast_tanh(handle), "fastTanh", [self]) }

  /// The derivative through tanh at `value = tanh(a)`, unrecorded.
  public func tanhBackward(value: Tensor) -> Tensor {
    Tensor(ct_tanh_backward(handle, value.handle), "tanhBackward", [self, value])
  }
}
