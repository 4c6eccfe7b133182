import Foundation
import Tensors

/// Proves statements over boxes: what bounds do not prove over a box is tried over its halves.
///
/// Boxes are taken generation by generation, many at a time, in an order that does not depend on how
/// many; what is found is the same up to bounds that are decided by rounding.
public struct BranchAndBound: Sendable {
  /// How numbers are bounded over a box.
  public var method: any BoundMethod = BackwardBounds()
  /// Boxes a pass.
  public var batchSize = 2048
  /// Boxes in all before the search gives up.
  public var boxLimit = 10_000_000
  /// When it gives up.
  public var deadline = Date.distantFuture
  /// A box is not halved any more when all of its sides are below this share of the domain's.
  public var smallestShare = 1e-6
  /// Where a threshold may be relaxed: it is instead of halving a box further if that moves it by no more
  /// than this share of itself and the box's own range is no wider.
  public var relaxationTolerance = 1e-3

  public init() {}

  /// What a search knows at some moment.
  public struct Progress: Sendable {
    /// Boxes bounded so far.
    public let boxes: Int
    /// Boxes of the generation at hand that are still to be bounded.
    public let pending: Int
    /// The share of the domain's volume that is proven.
    public let share: Double
    /// t_k, the relaxed one as it is by now.
    public let thresholds: [Double]
  }

  /// How a search ended.
  public enum Outcome: Sendable {
    case verified
    /// A place at which the statement is false in float64.
    case counterexample([Double])
    /// Neither; the share of the domain's volume that is open, and its boxes.
    case undecided(share: Double, boxes: Boxes)

    /// Whether the statement is proven.
    public var isVerified: Bool { if case .verified = self { true } else { false } }
  }

  /// What a search came to.
  public struct Result: Sendable {
    /// How it ended.
    public let outcome: Outcome
    /// The statement, its relaxed threshold being the one that was proven.
    public let statement: Statement
    /// How the domain was cut; of a search that was stopped, as far as it got.
    public let tree: SplitTree
    /// Boxes bounded.
    public let boxCount: Int
  }

  /// Searches for a proof or a counterexample.
  ///
  /// - Parameters:
  ///   - relaxing: an alternative whose threshold may rise until the statement is true: a place where it
  ///     is false raises it to just above the number's value there, a box that is too small to be halved
  ///     to just above the upper bound. What comes out is proven for the last threshold, by one search.
  ///   - tree: where an earlier search of the same statement got to; `statement` has its thresholds.
  ///   - progress: told after each pass; false stops the search, as a limit does, and a later one from
  ///     its tree and its statement goes on as if it had not been stopped.
  /// - Throws: `SplitTreeError` if `tree` is none of this statement; what `progress` throws.
  public func prove(
    _ statement: Statement, relaxing: Int? = nil, from tree: SplitTree = SplitTree(),
    progress: (Progress) throws -> Bool = { _ in true }
  ) throws -> Result {
    var search = Search(settings: self, statement: statement, relaxing: relaxing)
    try search.resume(tree)
    return try withoutGradients { try search.run(progress) }
  }
}

/// A search under way.
private struct Search {
  let settings: BranchAndBound
  var statement: Statement
  let relaxing: Int?
  let bounds: @Sendable (Boxes) -> [Enclosure]
  var tree = SplitTree()
  /// The generation at hand, and how many of its boxes have a fate.
  var boxes: Boxes?
  var position = 0
  var boxCount = 0
  var provenVolume = 0.0
  var undecided: [Boxes] = []
  let volume: Double
  /// The domain's extent, [1, d].
  let extent: Tensor

  init(settings: BranchAndBound, statement: Statement, relaxing: Int?) {
    self.settings = settings
    self.statement = statement
    self.relaxing = relaxing
    bounds = settings.method.prepared(for: statement.program)
    let domain = statement.domain
    extent = (domain.upper.max(along: 0) - domain.lower.min(along: 0)).unsqueezed(0)
    volume = Self.volume(domain, extent)
    boxes = domain
  }

  /// Sides without extent, as of a face, count as 1.
  private static func volume(_ boxes: Boxes, _ extent: Tensor) -> Double {
    let widths = boxes.widths
    let sides = Tensor.select(widths .> 0, widths, .ones(like: widths))
    return Boxes(lower: .zeros(like: sides), upper: sides).volumes.sum().item
  }

  mutating func resume(_ known: SplitTree) throws {
    try known.forEachGeneration(of: statement.domain) { generation in
      boxes = generation.boxes
      position = generation.fates.count
      boxCount += position
      let marks = Tensor(Array(generation.fates), shape: [position]).to(.int64)
      func part(_ fate: UInt8) -> Boxes {
        generation.boxes.selecting((marks .== Double(fate)).trueIndices)
      }
      provenVolume += Self.volume(part(SplitTree.Fate.proven), extent)
      let open = part(SplitTree.Fate.undecided)
      if open.count > 0 { undecided.append(open) }
    }
    tree = known
    if let current = boxes, position == current.count { advance() }
  }

  /// From a generation of which all is known to the next.
  private mutating func advance() {
    guard let current = boxes else { return }
    boxes = SplitTree.Generation.next(
      current, fates: Array(tree.fates.suffix(current.count)))
    position = 0
  }

  mutating func run(
    _ progress: (BranchAndBound.Progress) throws -> Bool
  ) rethrows -> BranchAndBound.Result {
    var isStopped = false
    while let current = boxes {
      while position < current.count {
        guard !isStopped, boxCount < settings.boxLimit, Date() < settings.deadline else {
          undecided.append(current.sliced(position..<current.count))
          if let next = SplitTree.Generation.next(
            current.sliced(0..<position), fates: Array(tree.fates.suffix(position)))
          {
            undecided.append(next)
          }
          return result(nil)
        }
        let end = min(
          position + settings.batchSize, current.count, position + settings.boxLimit - boxCount)
        if let place = step(current.sliced(position..<end)) { return result(place) }
        position = end
        isStopped = try !progress(
          .init(
            boxes: boxCount, pending: current.count - position, share: provenVolume / volume,
            thresholds: statement.thresholds))
      }
      advance()
    }
    return result(nil)
  }

  private func result(_ counterexample: [Double]?) -> BranchAndBound.Result {
    let outcome: BranchAndBound.Outcome
    if let counterexample {
      outcome = .counterexample(counterexample)
    } else if undecided.isEmpty {
      outcome = .verified
    } else {
      let open = Boxes.concatenated(undecided)
      outcome = .undecided(share: Self.volume(open, extent) / volume, boxes: open)
    }
    return .init(outcome: outcome, statement: statement, tree: tree, boxCount: boxCount)
  }

  /// Settles the fate of some boxes; a place where the statement is false if there is one.
  private mutating func step(_ part: Boxes) -> [Double]? {
    let enclosures = bounds(part)
    let range = Interval(
      .concatenated(enclosures.map(\.range.lower), along: 1),
      .concatenated(enclosures.map(\.range.upper), along: 1))
    boxCount += part.count
    var isProven = statement.isProven(by: range.upper)
    if !isProven.all().isTrue {
      let centers = part.centers
      let values = statement.values(at: centers)
      let isViolated = statement.isViolated(by: values)
      if let first = isViolated.trueIndices.integers.first {
        guard let relaxing else { return centers[first].doubles }
        relax(relaxing, by: values, isViolated)
      }
    }
    // A box is halved as long as one of its sides is long enough.
    let share = (part.widths / extent.maximum(1e-300)).max(along: 1)
    var isSmall = share .<= settings.smallestShare
    if let relaxing {
      isSmall = isSmall .| isWithinTolerance(range, relaxing)
      let isOpen = isSmall .& .!statement.isProven(by: range.upper)
      if isOpen.any().isTrue { relax(relaxing, by: range.upper, isOpen) }
    }
    isProven = statement.isProven(by: range.upper)
    let axes = axes(part, enclosures, range)
    let fate = Tensor.select(
      isProven, .full(Double(SplitTree.Fate.proven), [part.count], dtype: .int64),
      Tensor.select(
        isSmall, .full(Double(SplitTree.Fate.undecided), [part.count], dtype: .int64), axes))
    tree.fates += fate.to(.uint8).scalars(as: UInt8.self)
    provenVolume += Self.volume(part.selecting(isProven.trueIndices), extent)
    let open = (isSmall .& .!isProven).trueIndices
    if open.count > 0 { undecided.append(part.selecting(open)) }
    return nil
  }

  /// Boxes for which relaxing costs no more than the tolerance, [N] bool.
  private func isWithinTolerance(_ range: Interval, _ alternative: Int) -> Tensor {
    let column = alternative..<alternative + 1
    let upper = range.upper.sliced(column, along: 1).squeezed(1)
    let width = upper - range.lower.sliced(column, along: 1).squeezed(1)
    let threshold = statement.thresholds[alternative]
    let tolerance = threshold.magnitude * settings.relaxationTolerance
    return (width .<= tolerance) .& (upper .<= threshold + tolerance)
  }

  /// Raises the relaxed threshold just above a number [N, K] of the chosen rows.
  private mutating func relax(_ alternative: Int, by values: Tensor, _ isChosen: Tensor) {
    let column = values.sliced(alternative..<alternative + 1, along: 1).squeezed(1)
    let highest = column.selecting(isChosen.trueIndices).max().item
    let raised = highest + max(highest.magnitude, 1e-300) * 1e-12
    statement.thresholds[alternative] = max(statement.thresholds[alternative], raised)
  }

  /// The axis along which each box is halved: of the alternative that is nearest to its proof, the axis
  /// that moves it most, as long as sides stay of similar lengths.
  private func axes(_ part: Boxes, _ enclosures: [Enclosure], _ range: Interval) -> Tensor {
    let share = part.widths / extent.maximum(1e-300)
    guard enclosures.allSatisfy({ $0.influence != nil }) else { return share.argMax(along: 1) }
    let distance = statement.distance(range)
    let known = Tensor.select(
      distance.isFinite, distance, .full(.infinity, distance.shape, dtype: .float64))
    let nearest = known.argMin(along: 1)
    // [N, d, K], at the nearest alternative [N, d].
    let influence = Tensor.concatenated(enclosures.map { $0.influence! }, along: 2)
      .permuted([1, 0, 2])
    let index = nearest.unsqueezed(1).unsqueezed(2)
      .expanded([part.count, part.dimension, 1])
    let own = influence.gathering(index, along: 2).squeezed(2)
    let finite = Tensor.select(own.isFinite, own, .zeros(like: own))
    let scale = finite.max(along: 1, keeping: true)
    let relative = finite / scale.maximum(1e-300)
    // What bends has no slope in the middle: no side may become five times as long as another.
    let score = share / share.max(along: 1, keeping: true).maximum(1e-300) * (relative + 0.25)
    // A side without extent cannot be halved.
    return Tensor.select(part.widths .> 0, score, .full(-1, score.shape, dtype: .float64))
      .argMax(along: 1)
  }
}
