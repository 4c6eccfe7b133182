import Datasets
import Testing

@Suite("SeededPermutation and Batches")
struct EpochTests {
  @Test("every order has each index once", arguments: [0, 1, 2, 7, 1437])
  func bijective(count: Int) {
    for epoch in 0..<4 {
      let order = SeededPermutation(count: count, seed: 3, epoch: epoch).indices
      #expect(order.sorted() == Array(0..<count))
    }
  }

  @Test("the order is a function of seed and epoch")
  func deterministic() {
    let order = SeededPermutation(count: 500, seed: 3, epoch: 2)
    #expect(order == SeededPermutation(count: 500, seed: 3, epoch: 2))
    #expect(order != SeededPermutation(count: 500, seed: 3, epoch: 3))
    #expect(order != SeededPermutation(count: 500, seed: 2, epoch: 2))
  }

  /// The expected orders were computed by a second implementation, in Python.
  @Test("the order never changes between versions of Basin: runs resume by it")
  func pinned() {
    #expect(SeededPermutation(count: 8, seed: 0, epoch: 0).indices == [2, 5, 7, 0, 4, 6, 3, 1])
    #expect(SeededPermutation(count: 8, seed: 0, epoch: 1).indices == [4, 7, 0, 3, 1, 6, 2, 5])
  }

  @Test("all six orders of three are equally likely")
  func uniform() {
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<6000 {
      counts[SeededPermutation(count: 3, seed: 1, epoch: epoch).indices, default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 175 })
  }

  @Test("batches cut an order without losing any of it", arguments: 1...12)
  func complete(size: Int) {
    let order = SeededPermutation(count: 11, seed: 0, epoch: 0).indices
    let batches = Batches(of: order, size: size)
    #expect(batches.flatMap { $0 } == order)
    #expect(batches.dropLast().allSatisfy { $0.count == size })
    let full = Batches(of: order, size: size, dropsLast: true)
    #expect(full.allSatisfy { $0.count == size })
    #expect(full.count == 11 / size)
  }

  @Test("an epoch resumes at any batch")
  func resume() {
    let batches = Batches(of: Array(0..<100), size: 7)
    #expect(Array(batches.dropFirst(9)) == Array(batches)[9...].map { $0 })
    #expect(batches.count == 15 && batches.last == [98, 99])
    #expect(Batches(of: [], size: 4).isEmpty)
  }
}
