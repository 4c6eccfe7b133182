import DifferentialEquations
import Distributed
import NeuralNetworks
import Tensors
import Testing

@Suite(.enabled(if: ProcessGroup.isAvailable, "built without Gloo's headers (libgloo-dev)"))
struct BatchShardTests {
  private struct Nothing: BatchExchange {
    func sum(_ tensor: Tensor) -> Tensor { tensor }
    func refuse(_ reason: String) {}
  }

  @Test("Shards are a batch in order; a process too many weighs nothing", arguments: [1, 2, 7, 10])
  func shards(_ total: Int) {
    for size in 1...8 {
      let shards = (0..<size).map {
        BatchShard(rank: $0, of: size, total: total, exchange: Nothing())
      }
      let rows = shards.filter { $0.weight > 0 }.flatMap { Array($0.rows) }
      #expect(rows == Array(0..<total))
      #expect(abs(shards.map(\.weight).reduce(0, +) - 1) < 1e-12)
      #expect(shards.allSatisfy { $0.weight * Double(total) <= Double(total / size + 1) })
      #expect(shards.allSatisfy { $0.weight > 0 || $0.rows == 0..<1 })
    }
  }

  @Test("Draws with a row for each sample are rows of the batch's") func draws() {
    let whole = RandomGenerator(seed: 3).normal([7, 5])
    let shard = BatchShard(rank: 1, of: 3, total: 7, exchange: Nothing())
    func draw(_ shape: [Int]) -> Tensor {
      BatchShard.rows(of: shape) { RandomGenerator(seed: 3).normal($0) }
    }
    #expect(draw([7, 5]).bytes == whole.bytes)
    BatchShard.$current.withValue(shard) {
      #expect(draw([shard.rows.count, 5]).bytes == whole.sliced(shard.rows).contiguous().bytes)
      // Not a row for each sample.
      #expect(draw([7, 5]).bytes == whole.bytes)
    }
  }

  /// What a batch normalisation does to x and, by the loss mean(c · y²), to gradients.
  private func normalization(
    _ x: Tensor, _ c: Tensor, weight: Double
  ) -> (y: Tensor, gradients: [Tensor], running: [Tensor]) {
    let layer = BatchNorm(channels: x.shape[1], momentum: 0.3, dtype: .float64)
    layer.weight.assign(Tensor([0.5, -2, 1.5] as [Double]))
    layer.bias.assign(Tensor([1, 0, -0.5] as [Double]))
    let input = x.differentiable()
    let y = layer(input, mode: .training)
    let loss = (y.squared * c).mean() * weight
    return (
      y.detached, gradient(of: loss, wrt: [input, layer.weight, layer.bias]),
      [layer.runningMean, layer.runningVariance]
    )
  }

  @Test(
    "Batch normalisation of a shared batch is that of one process",
    arguments: [(2, [6, 3]), (3, [7, 3, 2, 4]), (4, [5, 3, 3]), (4, [3, 3, 2])])
  func batchNorm(_ size: Int, _ shape: [Int]) throws {
    let generator = RandomGenerator(seed: 5)
    let x = generator.normal(shape, dtype: .float64) * 3 + 10
    let c = generator.normal(shape, dtype: .float64)
    let whole = normalization(x, c, weight: 1)
    let parts = try Threads.values(size) { group in
      let shard = GroupExchange(group).shard(of: shape[0])
      return BatchShard.$current.withValue(shard) {
        (shard, normalization(x.sliced(shard.rows), c.sliced(shard.rows), weight: shard.weight))
      }
    }
    func expectEqual(_ a: Tensor, _ b: Tensor, _ what: String) {
      let difference = (a - b).magnitude.max().item
      #expect(a.shape == b.shape && difference < 1e-12, "\(what): \(difference)")
    }
    for (shard, part) in parts {
      expectEqual(part.y, whole.y.sliced(shard.rows), "y")
      if shard.weight > 0 {
        expectEqual(part.gradients[0], whole.gradients[0].sliced(shard.rows), "by x")
      }
      for (own, other) in zip(part.running, whole.running) { expectEqual(own, other, "running") }
    }
    for index in [1, 2] {
      let sum = parts.dropFirst().reduce(parts[0].1.gradients[index]) { $0 + $1.1.gradients[index] }
      expectEqual(sum, whole.gradients[index], "parameter \(index)")
    }
    let isMoved = (whole.running[0] - parts[0].1.running[0] + whole.running[0]).magnitude.max().item
    #expect(isMoved > 1)
  }

  @Test("A second derivative through it is refused, a first one is not") func refusal() throws {
    let refusals = try Threads.values(2) { group in
      let exchange = GroupExchange(group)
      return BatchShard.$current.withValue(exchange.shard(of: 4)) { () -> [Int] in
        let x = RandomGenerator(seed: 1).normal([2, 3]).differentiable()
        let y = BatchNorm(channels: 3)(x, mode: .training)
        _ = gradient(of: y.squared.sum(), wrt: [x], retaining: true)
        let before = exchange.refusals.count
        _ = gradient(of: y.squared.sum(), wrt: [x], recording: true)
        return [before, exchange.refusals.count]
      }
    }
    #expect(refusals == [[0, 1], [0, 1]])
  }

  @Test("A solver takes the steps of the whole batch") func steps() throws {
    // Rates that differ much, so that each part alone would take other steps.
    let rates = Tensor([0.1, 0.2, 5, 30] as [Double], shape: [4, 1])
    let initial = Tensor([1, 2, -1, 0.5] as [Double], shape: [4, 1])
    func solution(_ rows: Range<Int>) throws -> Solution {
      let rates = rates.sliced(rows)
      return try solve(
        .autonomous { ($0 * rates).sin - $0 * rates }, from: initial.sliced(rows), at: [0, 1],
        method: .dormandPrince, steps: .adaptive(1e-6))
    }
    let whole = try solution(0..<4)
    let alone = try solution(0..<2)
    #expect(alone.statistics.evaluations != whole.statistics.evaluations)
    for (shard, part) in try Threads.values(
      2,
      { group in
        let shard = GroupExchange(group).shard(of: 4)
        return try BatchShard.$current.withValue(shard) { (shard, try solution(shard.rows)) }
      })
    {
      #expect(part.statistics.evaluations == whole.statistics.evaluations)
      let difference = part.finalState - whole.finalState.sliced(shard.rows)
      #expect(difference.magnitude.max().item < 1e-13)
    }
  }
}
