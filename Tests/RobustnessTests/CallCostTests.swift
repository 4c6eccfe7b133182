import Robustness
import Testing

@Suite("What a call of the model costs")
struct CallCostTests {
  private func cost(_ calls: [(rows: Int, seconds: Double)]) -> CallCost {
    calls.reduce(into: CallCost()) { $0.record(rows: $1.rows, seconds: $1.seconds) }
  }

  @Test("a line is found, whatever the order") func line() {
    let calls = [64, 3, 17, 40, 1].map { (rows: $0, seconds: 0.002 + 0.0001 * Double($0)) }
    for rows in [1.0, 20, 128] {
      #expect(abs(cost(calls).seconds(rows: rows) - (0.002 + 0.0001 * rows)) < 1e-9)
      #expect(abs(cost(calls.reversed()).seconds(rows: rows) - (0.002 + 0.0001 * rows)) < 1e-9)
    }
  }

  @Test("of one size half the cost is taken to be fixed") func oneSize() {
    let cost = cost([(40, 0.4), (40, 0.6)])
    #expect(abs(cost.seconds(rows: 40) - 0.5) < 1e-12)
    #expect(abs(cost.seconds(rows: 20) - 0.375) < 1e-12)
    #expect(abs(cost.seconds(rows: 0) - 0.25) < 1e-12)
  }

  @Test("neither part is below 0") func signs() {
    // Smaller batches that took longer say nothing about size.
    #expect(abs(cost([(10, 3), (20, 1)]).seconds(rows: 1000) - 2) < 1e-12)
    // A line that would start at -1 goes through 0.
    let steep = cost([(1, 0), (2, 1), (3, 2)])
    #expect(steep.seconds(rows: 0) == 0)
    #expect(abs(steep.seconds(rows: 2) - 2 * 8.0 / 14) < 1e-12)
  }
}
