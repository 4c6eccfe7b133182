import Tensors

/// The order that brings points of one class together, and back.
public struct ClassGroups: Sendable {
  /// Class of each point in the grouped order, [N] int64.
  public let classes: Tensor
  /// How many points in a row are of each class.
  public let groups: RowGroups
  /// Positions of the grouped points in the given order, [N] int64; nil if they were grouped.
  let order: Tensor?
  let inverse: Tensor?

  /// - Parameters:
  ///   - classes: the class of each point, in 0 ..< classCount.
  public init(classes: [Int], classCount: Int, device: Device = .cpu) {
    var sizes = [Int](repeating: 0, count: classCount)
    for label in classes {
      precondition(sizes.indices.contains(label), "class \(label) of \(classCount)")
      sizes[label] += 1
    }
    groups = RowGroups(sizes: sizes)
    let sorted = zip(classes, classes.dropFirst()).allSatisfy { $0 <= $1 }
    if sorted {
      order = nil
      inverse = nil
      self.classes = Tensor(classes.map(Int64.init), device: device)
      return
    }
    var next = [0] + sizes.dropLast()
    for label in next.indices.dropFirst() { next[label] += next[label - 1] }
    var order = [Int64](repeating: 0, count: classes.count)
    var inverse = order
    for (position, label) in classes.enumerated() {
      order[next[label]] = Int64(position)
      inverse[position] = Int64(next[label])
      next[label] += 1
    }
    self.order = Tensor(order, device: device)
    self.inverse = Tensor(inverse, device: device)
    self.classes = Tensor(order.map { Int64(classes[Int($0)]) }, device: device)
  }

  /// Points that are grouped already, so many of each class.
  init(sizes: [Int], device: Device) {
    groups = RowGroups(sizes: sizes)
    order = nil
    inverse = nil
    classes = Tensor.concatenated(
      sizes.enumerated().map { .full(Double($0), [$1], dtype: .int64, device: device) })
  }

  /// The points [N, ...] in grouped order.
  public func grouped(_ points: Tensor) -> Tensor {
    order.map { points.selecting($0) } ?? points
  }

  /// Grouped points or values back in the given order.
  public func restored(_ values: Tensor) -> Tensor {
    inverse.map { values.selecting($0) } ?? values
  }
}
