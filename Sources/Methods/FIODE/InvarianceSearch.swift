import Tensors

/// Branch and bound for the least margin of a simplex field on the boundary of the label's cone,
///
///     M(x) = min_{j ≠ y} min {f̂_y(η, x) - f̂_j(η, x) : η_y = η_j ≥ η_k for all k},
///
/// from below by `MarginBounds` on boxes and from above at states of the boundary. In each round the box
/// with the least bound of every image that is still open is halved.
struct InvarianceSearch {
  private let field: SimplexField
  private let bounds: MarginBounds
  /// U φ of each image, [N, m].
  private let context: Tensor
  private let labels: [Int]
  /// By image.
  private var leaves: [[Leaf]]
  /// Margins at states of the boundary.
  private(set) var above: [Double]
  /// Boxes that were bounded.
  private(set) var boxCount = 0

  private struct Leaf {
    let box: BoundaryBox
    let bound: Double
    let part: Int
  }

  /// Boxes at once: what fits into some 100 MB.
  private static let batch = 512

  init(_ field: SimplexField, _ bounds: MarginBounds, context: Tensor, labels: [Int]) {
    self.field = field
    self.bounds = bounds
    self.context = context
    self.labels = labels
    leaves = labels.map { _ in [] }
    above = labels.map { _ in .infinity }
    let classCount = field.classCount
    add(
      labels.enumerated().flatMap { image, label in
        (0..<classCount).filter { $0 != label }.map {
          BoundaryBox(image: image, rival: $0, classCount: classCount)
        }
      }, areFaces: true)
  }

  /// M from below.
  var below: [Double] { leaves.map { $0.map(\.bound).min() ?? .infinity } }

  /// Halves boxes until bounds meet to a share of 1e-3, a margin is known not to be positive, or so many
  /// of each image have been halved.
  mutating func refine(splits: Int) {
    for _ in 0..<splits {
      var halves: [BoundaryBox] = []
      for image in leaves.indices where above[image] > 0 {
        guard
          let worst = leaves[image].indices.min(by: {
            leaves[image][$0].bound < leaves[image][$1].bound
          })
        else { continue }
        let leaf = leaves[image][worst]
        guard leaf.bound < above[image] * (1 - 1e-3) else { continue }
        leaves[image].remove(at: worst)
        halves += leaf.box.halves(across: leaf.part)
      }
      if halves.isEmpty { return }
      add(halves, areFaces: false)
    }
  }

  private mutating func add(_ boxes: [BoundaryBox], areFaces: Bool) {
    boxCount += boxes.count
    for start in stride(from: 0, to: boxes.count, by: Self.batch) {
      let chunk = Array(boxes[start..<min(start + Self.batch, boxes.count)])
      let tensors = BoundaryBoxes(
        chunk, labels: labels, classCount: field.classCount, device: context.device)
      let images = Tensor(chunk.map { Int64($0.image) }, device: context.device)
      let context = context.selecting(images)
      let found = bounds(on: tensors, context: context)
      let values = found.least.doubles
      for (index, part) in tensors.widest(found.rates).enumerated() {
        leaves[chunk[index].image].append(
          Leaf(box: chunk[index], bound: values[index], part: part))
      }
      guard areFaces else { continue }
      let seen = margins(
        at: tensors.cheapestCorners(found.rates), context: context, of: tensors)
      for (box, margin) in zip(chunk, seen) {
        above[box.image] = min(above[box.image], margin)
      }
    }
  }

  /// The least of f̂_y - f̂_j at states [P, S, C] of each box.
  private func margins(
    at states: Tensor, context: Tensor, of boxes: BoundaryBoxes
  ) -> [Double] {
    let nominal = field.nominal(states, context: context.unsqueezed(1))
    func score(_ class: Tensor) -> Tensor {
      let columns = `class`.unsqueezed(1).expanded([states.shape[0], states.shape[1], 1])
      return nominal.gathering(columns, along: 2).squeezed(2)
    }
    return (score(boxes.label) - score(boxes.rival)).min(along: 1).doubles
  }
}
