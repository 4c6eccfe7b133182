import Tensors

/// How a domain was cut into boxes, generation by generation, and what was found of each box. The cuts
/// are in the middle, so that boxes follow from the tree alone: whatever its leaves say, together they
/// cover the domain.
public struct SplitTree: Sendable {
  /// What became of a box; smaller numbers are the axis along which it was halved.
  enum Fate {
    static let proven: UInt8 = 255
    static let undecided: UInt8 = 254
    /// Dimensions that can be told from fates.
    static let dimensionLimit = 250
  }

  /// A byte for each box of the domain, then for each of the next generation (all first halves in the
  /// order of their boxes, then all second halves), and so on.
  public internal(set) var fates: [UInt8]

  public init(fates: [UInt8] = []) { self.fates = fates }

  /// Boxes of one generation with what is known of them.
  struct Generation {
    let boxes: Boxes
    /// Of the first boxes; the rest is not yet known.
    let fates: ArraySlice<UInt8>

    /// The next generation; nil if no box was halved.
    var next: Boxes? { Self.next(boxes, fates: Array(fates)) }

    static func next(_ boxes: Boxes, fates: [UInt8]) -> Boxes? {
      let marks = Tensor(fates, shape: [fates.count]).to(.int64)
      let cut = (marks .< Double(Fate.undecided)).trueIndices
      guard cut.count > 0 else { return nil }
      return boxes.selecting(cut).halved(along: marks.selecting(cut))
    }
  }

  /// Goes through the generations from a domain on, the last of which may be incomplete or empty of fates.
  ///
  /// - Throws: `SplitTreeError` if the tree does not fit the domain.
  func forEachGeneration(
    of domain: Boxes, _ body: (Generation) throws -> Void
  ) throws {
    var boxes: Boxes? = domain
    var start = 0
    while let current = boxes {
      let known = fates[start..<min(start + current.count, fates.count)]
      if let odd = known.first(where: { $0 >= current.dimension && $0 < Fate.undecided }) {
        throw SplitTreeError.unknownAxis(Int(odd), dimension: current.dimension)
      }
      let generation = Generation(boxes: current, fates: known)
      try body(generation)
      start += known.count
      boxes = known.count == current.count ? generation.next : nil
    }
    if start < fates.count { throw SplitTreeError.trailing(fates.count - start) }
  }
}

/// Why a tree of boxes is none of its domain.
public enum SplitTreeError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownAxis(Int, dimension: Int)
  case trailing(Int)
  case incomplete
  /// Boxes that the bounds do not prove.
  case unproven(count: Int, first: [Double])

  public var description: String {
    switch self {
    case .unknownAxis(let axis, let dimension):
      "boxes halved along axis \(axis) of \(dimension): the tree is damaged"
    case .trailing(let count): "\(count) boxes more than the cuts make: the tree is damaged"
    case .incomplete: "boxes of which nothing is said: the proof is incomplete"
    case .unproven(let count, let first):
      "\(count) boxes are not proven by their bounds, the first around \(first)"
    }
  }
}
