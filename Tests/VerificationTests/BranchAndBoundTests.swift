import Foundation
import Tensors
import Testing

@testable import Verification

@Suite("Branch and bound")
struct BranchAndBoundTests {
  /// 0.3 - |x|² < 0 outside of a disc, x1 - 0.6 < 0 within it: true.
  private var statement: Statement {
    let x = Term.state(2)
    return Statement(
      over: Boxes([-2...2, -1...3]),
      anyOf: [
        .init(-(x[0].squared + x[1].squared), below: -0.3), .init(x[0], below: 0.6),
      ])
  }

  @Test("The answer does not depend on the size of batches")
  func batches() throws {
    var fates: Set<[UInt8]> = []
    for size in [1, 7, 64, 2048] {
      var search = BranchAndBound()
      search.batchSize = size
      let result = try search.prove(statement)
      #expect(result.outcome.isVerified)
      fates.insert(result.tree.fates)
    }
    #expect(fates.count == 1)
  }

  @Test("A search that was cut short goes on where it was, and ends as one that was not")
  func resumed() throws {
    let whole = try BranchAndBound().prove(statement)
    var search = BranchAndBound()
    search.batchSize = 5
    for limit in [1, 6, 11, whole.boxCount / 2, whole.boxCount - 1] {
      search.boxLimit = limit
      let part = try search.prove(statement)
      guard case .undecided(let share, let boxes) = part.outcome else {
        Issue.record("expected no decision within \(limit) boxes")
        continue
      }
      #expect(part.boxCount == limit && share > 0 && share <= 1)
      #expect(boxes.volumes.sum().item > 0)
      let rest = try BranchAndBound().prove(part.statement, from: part.tree)
      #expect(rest.outcome.isVerified && rest.tree.fates == whole.tree.fates)
      #expect(rest.boxCount == whole.boxCount)
    }
  }

  @Test("Leaves cover the domain without overlap")
  func cover() throws {
    let result = try BranchAndBound().prove(statement)
    var volume = 0.0
    try result.tree.forEachGeneration(of: statement.domain) { generation in
      let marks = Tensor(Array(generation.fates), shape: [generation.fates.count]).to(.int64)
      let leaves = (marks .== Double(SplitTree.Fate.proven)).trueIndices
      volume += generation.boxes.selecting(leaves).volumes.sum().item
    }
    #expect(volume == 16)
  }

  @Test("What is false ends with a place where it is; what is barely true is told from it")
  func falsified() throws {
    var statement = statement
    statement.thresholds[1] = 0.5
    guard case .counterexample(let place) = try BranchAndBound().prove(statement).outcome else {
      Issue.record("expected a counterexample")
      return
    }
    #expect(statement.isViolated(at: Tensor(place, shape: [1, 2])).isTrue)
    // √0.3 = 0.5477225575051661.
    statement.thresholds[1] = 0.54775
    #expect(try BranchAndBound().prove(statement).outcome.isVerified)
  }

  @Test("A threshold is relaxed to what is just true", arguments: [1e-1, 1e-3])
  func relaxed(_ tolerance: Double) throws {
    // x³ - x < t on [-1, 1] holds from 2 / (3 √3) on, and the ends do not matter.
    let x = Term.state(1)
    var search = BranchAndBound()
    search.relaxationTolerance = tolerance
    let result = try search.prove(
      Statement(over: Boxes([-1...1]), anyOf: [.init(x.power(3) - x, below: -1)]), relaxing: 0)
    let exact = 2 / (3 * 3.0.squareRoot())
    #expect(result.outcome.isVerified)
    #expect(result.statement.thresholds[0] > exact)
    #expect(result.statement.thresholds[0] < exact * (1 + 2 * tolerance))
  }

  @Test("Faces without extent, and time that is up")
  func edges() throws {
    let x = Term.state(2)
    let faces = Boxes([-1...1, -1...1]).faces
    let above = Statement(
      over: faces, anyOf: [.init(-(x[0].squared + x[1].squared), below: -0.999)])
    #expect(try BranchAndBound().prove(above).outcome.isVerified)
    var search = BranchAndBound()
    search.deadline = .distantPast
    guard case .undecided(let share, _) = try search.prove(above).outcome else {
      Issue.record("expected no decision in no time")
      return
    }
    #expect(share == 1)
  }
}
