import Tensors

/// A claim with what proves it, or with as much of that as a search has come to.
public struct AttractionProof: Sendable {
  /// The claim, at the level that is proven.
  public internal(set) var claim: AttractionClaim
  /// How the domain of each part was cut, by the part's name.
  public internal(set) var trees: [String: SplitTree]

  /// A claim with the trees of its parts; `check(method:batchSize:)` says whether they prove it.
  public init(claim: AttractionClaim, trees: [String: SplitTree]) {
    self.claim = claim
    self.trees = trees
  }

  /// Boxes whose bounds are the proof.
  public var leafCount: Int {
    trees.values.reduce(0) { $0 + $1.fates.count { $0 == SplitTree.Fate.proven } }
  }

  /// Goes through the proof again, without searching: that the boxes of each part cover its domain follows
  /// from how they were cut, and each box is bounded afresh.
  ///
  /// - Throws: `SplitTreeError` or `AttractionError` where it does not hold.
  public func check(method: any BoundMethod = BackwardBounds(), batchSize: Int = 2048) throws {
    try claim.validate()
    for part in claim.parts {
      guard let tree = trees[part.name] else { throw SplitTreeError.incomplete }
      try withoutGradients {
        try tree.check(part.statement, method: method, batchSize: batchSize)
      }
    }
  }
}

extension SplitTree {
  /// Proves a statement by the leaves of this tree.
  ///
  /// - Throws: `SplitTreeError` if there are boxes without a proof.
  public func check(
    _ statement: Statement, method: any BoundMethod, batchSize: Int = 2048
  ) throws {
    let bounds = method.prepared(for: statement.program)
    try forEachGeneration(of: statement.domain) { generation in
      guard generation.fates.count == generation.boxes.count else {
        throw SplitTreeError.incomplete
      }
      let marks = Tensor(Array(generation.fates), shape: [generation.fates.count]).to(.int64)
      let leaves = generation.boxes.selecting(
        (marks .>= Double(Fate.undecided)).trueIndices)
      for start in stride(from: 0, to: leaves.count, by: batchSize) {
        let part = leaves.sliced(start..<min(start + batchSize, leaves.count))
        let upper = Tensor.concatenated(bounds(part).map(\.range.upper), along: 1)
        let open = (.!statement.isProven(by: upper)).trueIndices
        guard open.count == 0 else {
          throw SplitTreeError.unproven(
            count: open.count, first: part.centers.selecting(open)[0].doubles)
        }
      }
    }
  }
}
