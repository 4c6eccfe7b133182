import CTorch

extension Tensor {
  @inline(__always)
  private func reduced(
    _ operation: CTReduction, _ axes: [Int], _ keeping: Bool, _ name: String
  ) -> Tensor {
    Tensor(
      ct_reduce(Int32(operation.rawValue), handle, extents(axes), Int32(axes.count), keeping),
      "\(name)(along: \(axes))", [self])
  }

  /// Sum along the given axes (all of them by default).
  public func sum(along axes: Int..., keeping: Bool = false) -> Tensor {
    reduced(CT_SUM, axes, keeping, "sum")
  }

  /// Mean along the given axes (all of them by default).
  public func mean(along axes: Int..., keeping: Bool = false) -> Tensor {
    reduced(CT_MEAN, axes, keeping, "mean")
  }

  /// Largest element along the given axes (all of them by default); equal ones share the gradient.
  public func max(along axes: Int..., keeping: Bool = false) -> Tensor {
    reduced(CT_MAX, axes, keeping, "max")
  }

  /// Smallest element along the given axes (all of them by default); equal ones share the gradient.
  public func min(along axes: Int..., keeping: Bool = false) -> Tensor {
    reduced(CT_MIN, axes, keeping, "min")
  }

  /// ln Σ e^x, without overflow.
  public func logSumExp(along axes: Int..., keeping: Bool = false) -> Tensor {
    reduced(CT_LOG_SUM_EXP, axes, keeping, "logSumExp")
  }

  /// Whether any element is true.
  public func any() -> Tensor { reduced(CT_ANY, [], false, "any") }
  /// Whether any element along the axis, which is left out, is true.
  public func any(along axis: Int) -> Tensor { reduced(CT_ANY, [axis], false, "any") }
  /// Whether all elements are true; true of none.
  public func all() -> Tensor { reduced(CT_ALL, [], false, "all") }
  /// Whether all elements along the axis, which is left out, are true.
  public func all(along axis: Int) -> Tensor { reduced(CT_ALL, [axis], false, "all") }

  /// Whether the only element is true.
  public var isTrue: Bool { item != 0 }
  /// How many elements are true.
  public var trueCount: Int { withoutGradients { Int(to(.int64).sum().item) } }

  /// Position of the largest element along an axis (int64).
  public func argMax(along axis: Int) -> Tensor { reduced(CT_ARG_MAX, [axis], false, "argMax") }
  /// Position of the smallest element along an axis (int64).
  public func argMin(along axis: Int) -> Tensor { reduced(CT_ARG_MIN, [axis], false, "argMin") }

  /// Element k is the sum of the elements 0 to k along the axis.
  public func cumulativeSum(along axis: Int) -> Tensor {
    Tensor(ct_cumulative_sum(handle, Int64(axis)), "cumulativeSum", [self])
  }

  /// Elements in order along an axis (stable), with the positions they came from.
  public func sorted(along axis: Int, descending: Bool = false) -> (values: Tensor, indices: Tensor)
  {
    var values: CTTensor?
    var indices: CTTensor?
    torchCheck(ct_sort(handle, Int64(axis), descending, &values, &indices), "sorted \(shape)")
    return (Tensor(values, "sorted"), Tensor(indices, "sorted"))
  }

  /// The `count` largest elements along an axis, in descending order, with their positions.
  public func largest(_ count: Int, along axis: Int) -> (values: Tensor, indices: Tensor) {
    var values: CTTensor?
    var indices: CTTensor?
    torchCheck(ct_top(handle, Int64(count), Int64(axis), &values, &indices), "largest \(shape)")
    return (Tensor(values, "largest"), Tensor(indices, "largest"))
  }

  /// Euclidean norm of all elements.
  public var norm: Tensor { squared.sum().squareRoot }

  /// Euclidean norm along an axis. Its gradient at 0 is not defined.
  public func norm(along axis: Int, keeping: Bool = false) -> Tensor {
    squared.sum(along: axis, keeping: keeping).squareRoot
  }
}
