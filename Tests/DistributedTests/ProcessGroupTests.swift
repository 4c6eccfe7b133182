import Distributed
import Foundation
import Tensors
import Testing

@Suite(.enabled(if: ProcessGroup.isAvailable, "built without Gloo's headers (libgloo-dev)"))
struct ProcessGroupTests {
  /// Whole numbers, whose sums are exact in any order: rank r gives r + 1 times the first one's.
  private func numbers(_ rank: Int) -> [Tensor] {
    let factor = Double(rank + 1)
    return [
      (Tensor.range(6, dtype: .float32) * factor).reshaped([2, 3]),
      Tensor.range(5, dtype: .float64) * factor, Tensor(factor),
      Tensor((0..<4).map { Int64($0 * (rank + 1)) }), Tensor([UInt8(rank)]),
    ]
  }

  @Test("Sums and means of tensors of all types and shapes", arguments: [2, 3, 4])
  func sums(_ size: Int) throws {
    let total = Double(size * (size + 1) / 2)
    for (sums, mean) in try Threads.values(
      size, { (try $0.sum(numbers($0.rank)), try $0.mean([numbers($0.rank)[1]])[0]) })
    {
      #expect(sums.map(\.shape) == [[2, 3], [5], [], [4], [1]])
      #expect(sums.map(\.dtype) == [.float32, .float64, .float32, .int64, .uint8])
      for (sum, one) in zip(sums.dropLast(), numbers(0)) {
        #expect(sum.doubles == one.doubles.map { $0 * total })
      }
      #expect(sums.last!.integers == [size * (size - 1) / 2])
      #expect(mean.doubles == (0..<5).map { Double($0) * total / Double(size) })
    }
  }

  @Test("A sum has the same bits everywhere") func bits() throws {
    let sums = try Threads.values(4) { group in
      let own = RandomGenerator(seed: UInt64(group.rank)).normal([10_001])
      return (own, try group.sum([own])[0])
    }
    #expect(Set(sums.map(\.1.bytes)).count == 1)
    let expected = sums.dropFirst().reduce(sums[0].0.to(.float64)) { $0 + $1.0.to(.float64) }
    #expect((sums[0].1.to(.float64) - expected).magnitude.max().item < 1e-5)
  }

  @Test("Nothing, and tensors without elements") func nothing() throws {
    let sums = try Threads.values(2) {
      (try $0.sum([]), try $0.sum([Tensor.zeros([0, 3]), Tensor([1] as [Float])]))
    }
    #expect(sums.allSatisfy { $0.0.isEmpty && $0.1[0].shape == [0, 3] && $0.1[1].item == 2 })
  }

  @Test("A broadcast replaces what others have", arguments: [0, 2]) func broadcast(_ root: Int)
    throws
  {
    let received = try Threads.values(3) { group in
      let tensors = numbers(group.rank)
      try group.broadcast(tensors, from: root)
      return tensors
    }
    for tensors in received { #expect(tensors.map(\.doubles) == numbers(root).map(\.doubles)) }
  }

  @Test("Short texts by rank, of any length") func gather() throws {
    let texts = ["", "α", "a longer one"]
    for all in try Threads.values(3, { try $0.gather(texts[$0.rank]) }) { #expect(all == texts) }
    for all in try Threads.values(2, { try $0.gather("") }) { #expect(all == ["", ""]) }
  }

  @Test("Where processes do not agree, all of them say so") func agreement() throws {
    let outcomes = try Threads.outcomes(3) { group in
      try group.requireAgreement(on: "same", of: "thing")
      try group.requireAgreement(on: group.rank == 1 ? "b" : "a", of: "seed")
    }
    for outcome in outcomes {
      #expect {
        try outcome.get()
      } throws: {
        guard let error = $0 as? DistributedError else { return false }
        return error.kind == .disagreement && error.expected.contains("the same seed")
          && error.found == "a on process 0 and b on process 1"
      }
    }
  }

  @Test("A process that ends is missed at once, and the group stays as it is") func loss() throws {
    let start = ProcessInfo.processInfo.systemUptime
    let outcomes = try Threads.outcomes(3, timeout: 60) { group -> [DistributedError?] in
      try group.barrier()
      if group.rank == 1 { return [] }
      return (0..<2).map { _ -> DistributedError? in
        do {
          try group.barrier()
          return nil
        } catch {
          return error as? DistributedError
        }
      }
    }.map { try $0.get() }
    #expect(outcomes[1].isEmpty)
    for errors in [outcomes[0], outcomes[2]] {
      #expect(errors[0]?.kind == .lost)
      #expect(errors[0] == errors[1])
    }
    #expect(ProcessInfo.processInfo.systemUptime - start < 60)
  }

  @Test("A process that nobody meets gives up") func rendezvous() throws {
    let launch = try Threads.launch(0, of: 2, port: FreePort.onLoopback(), timeout: 1)
    #expect {
      try ProcessGroup(launch)
    } throws: {
      guard let error = $0 as? DistributedError else { return false }
      return error.kind == .rendezvous && "\(error)".contains("2 processes at 127.0.0.1:")
    }
  }
}
