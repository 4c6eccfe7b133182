import Tensors

/// N axis-parallel boxes in d dimensions.
public struct Boxes: Sendable {
  /// The least corner of each, float64 [N, d].
  public let lower: Tensor
  /// The largest corner of each, float64 [N, d].
  public let upper: Tensor

  /// - Precondition: float64 [N, d] both; no lower bound is above its upper one.
  public init(lower: Tensor, upper: Tensor) {
    precondition(
      lower.dtype == .float64 && lower.shape == upper.shape && lower.rank == 2,
      "boxes of \(lower.dtype) \(lower.shape) and \(upper.shape)")
    self.lower = lower
    self.upper = upper
  }

  /// One box.
  public init(_ sides: [ClosedRange<Double>]) {
    self.init(
      lower: Tensor(sides.map(\.lowerBound), shape: [1, sides.count]),
      upper: Tensor(sides.map(\.upperBound), shape: [1, sides.count]))
  }

  /// N.
  public var count: Int { lower.shape[0] }
  /// d.
  public var dimension: Int { lower.shape[1] }

  /// A point of each box, next to its middle, [N, d].
  public var centers: Tensor { lower + (upper - lower) * 0.5 }
  /// The length of each side, [N, d].
  public var widths: Tensor { upper - lower }
  /// The volume of each box, [N].
  public var volumes: Tensor {
    (0..<dimension).reduce(Tensor.ones([count], dtype: .float64)) {
      $0 * widths.sliced($1..<$1 + 1, along: 1).squeezed(1)
    }
  }

  /// The boxes of some consecutive positions.
  public func sliced(_ range: Range<Int>) -> Boxes {
    Boxes(lower: lower.sliced(range), upper: upper.sliced(range))
  }

  /// The boxes at the given positions (int64 [M]).
  public func selecting(_ indices: Tensor) -> Boxes {
    Boxes(lower: lower.selecting(indices), upper: upper.selecting(indices))
  }

  /// All boxes of several lists, one list behind the other.
  public static func concatenated(_ parts: [Boxes]) -> Boxes {
    Boxes(lower: .concatenated(parts.map(\.lower)), upper: .concatenated(parts.map(\.upper)))
  }

  /// The two halves of each box along an axis of its own: all first halves, then all second ones. They
  /// share the cut to the bit, so that together they are the box.
  ///
  /// - Parameter axes: [N] int64.
  public func halved(along axes: Tensor) -> Boxes {
    let isCut = axes.oneHot(dimension, dtype: .float64) .> 0.5
    let cut = centers
    return Boxes(
      lower: .concatenated([lower, Tensor.select(isCut, cut, lower)]),
      upper: .concatenated([Tensor.select(isCut, cut, upper), upper]))
  }

  /// The faces of one box: two an axis, each without extent along it.
  public var faces: Boxes {
    precondition(count == 1, "faces of \(count) boxes")
    let (low, high) = (lower.doubles, upper.doubles)
    var (lowest, highest): ([Double], [Double]) = ([], [])
    for axis in 0..<dimension {
      for end in [low[axis], high[axis]] {
        var (a, b) = (low, high)
        (a[axis], b[axis]) = (end, end)
        lowest += a
        highest += b
      }
    }
    let shape = [2 * dimension, dimension]
    return Boxes(lower: Tensor(lowest, shape: shape), upper: Tensor(highest, shape: shape))
  }
}
