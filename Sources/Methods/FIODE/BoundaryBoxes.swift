import Tensors

/// Boxes on boundaries of cones, P of them in tensors, over which linear functions have their least value
/// in closed form.
struct BoundaryBoxes {
  /// y and j, [P, 1] (int64).
  let label: Tensor
  let rival: Tensor
  /// The other classes in their order, [P, C - 2] (int64).
  private let others: Tensor
  /// Of the parts, [P, 1, K].
  private let lower: Tensor
  private let upper: Tensor
  /// What the lower bounds leave of the sum of 1, [P, 1, 1].
  private let rest: Tensor

  init(_ boxes: [BoundaryBox], labels: [Int], classCount: Int, device: Device) {
    let count = boxes.count
    func column(_ values: [Int]) -> Tensor {
      Tensor(values.map(Int64.init), shape: [count, 1]).to(device)
    }
    label = column(boxes.map { labels[$0.image] })
    rival = column(boxes.map(\.rival))
    let rest = boxes.flatMap { box in
      (0..<classCount).filter { $0 != box.rival && $0 != labels[box.image] }.map(Int64.init)
    }
    others = Tensor(rest, shape: [count, classCount - 2]).to(device)
    func bounds(_ values: [[Double]]) -> Tensor {
      Tensor(values.flatMap { $0 }, shape: [count, 1, classCount - 1]).to(device)
    }
    lower = bounds(boxes.map(\.lower))
    upper = bounds(boxes.map(\.upper))
    self.rest = (1 - lower.sum(along: 2, keeping: true)).maximum(0)
  }

  /// Coefficients of the parts, [P, R, K], of linear functions of states with coefficients [P, R, C].
  func rates(_ coefficients: Tensor) -> Tensor {
    let (count, rows) = (coefficients.shape[0], coefficients.shape[1])
    func picked(_ columns: Tensor) -> Tensor {
      coefficients.gathering(
        columns.unsqueezed(1).expanded([count, rows, columns.shape[1]]), along: 2)
    }
    return .concatenated([(picked(label) + picked(rival)) / 2, picked(others)], along: 2)
  }

  /// The least value of linear functions of states with the given rates [P, R, K], [P, R].
  ///
  /// The larger of two bounds. Over the box alone: the parts are at their lower bounds, and what is left
  /// of the sum goes where it costs least. Over the face alone, whose corners are the uniform states of
  /// sets of classes with y and j among them: the least mean, which has the cheapest classes.
  func least(_ rates: Tensor) -> Tensor {
    overBox(rates).maximum(overFace(rates))
  }

  private func overBox(_ rates: Tensor) -> Tensor {
    let (cheapest, order) = rates.sorted(along: 2)
    let room = (upper - lower).expanded(rates.shape).gathering(order, along: 2)
    let before = room.cumulativeSum(along: 2) - room
    let filled = (rest - before).maximum(0).minimum(room)
    return (rates * lower).sum(along: 2) + (cheapest * filled).sum(along: 2)
  }

  private func overFace(_ rates: Tensor) -> Tensor {
    means(rates, sortedOthers: rates.sliced(1..<rates.shape[2], along: 2).sorted(along: 2).values)
      .min(along: 2)
  }

  /// The means over y, j and the first 0, 1, ... of the others, [P, R, K].
  private func means(_ rates: Tensor, sortedOthers: Tensor) -> Tensor {
    let pair = rates.sliced(0..<1, along: 2) * 2
    let sums = Tensor.concatenated([pair, sortedOthers], along: 2).cumulativeSum(along: 2)
    let sizes = Tensor.range(rates.shape[2], device: rates.device).to(rates.dtype) + 2
    return sums / sizes
  }

  /// The corners of the faces that are cheapest for each number of classes, [P, K, C], for rates [P, K]:
  /// states of the boundary itself.
  func cheapestCorners(_ rates: Tensor) -> Tensor {
    let parts = rates.shape[1]
    let classCount = parts + 1
    let order = rates.sliced(1..<parts, along: 1).sorted(along: 1).indices
    let classes = Tensor.concatenated(
      [label, rival, others.gathering(order, along: 1)], along: 1)
    let rank = classes.sorted(along: 1).indices.unsqueezed(1)
    let sizes = (Tensor.range(parts, device: rates.device) + 2).reshaped([1, parts, 1])
    let isIn = (rank.expanded([rates.shape[0], parts, classCount]) .< sizes).to(rates.dtype)
    return isIn / sizes.to(rates.dtype)
  }

  /// The part whose halving promises most: by how much its bounds may move a function of these rates.
  func widest(_ rates: Tensor) -> [Int] {
    let centred = (rates - rates.mean(along: 1, keeping: true)).magnitude + 1e-3
    return (centred * (upper - lower).squeezed(1)).argMax(along: 1).integers
  }
}
