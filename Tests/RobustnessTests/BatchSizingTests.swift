import Robustness
import Tensors
import Testing

@Suite("Batches fit into memory")
struct BatchSizingTests {
  /// A process whose peak is what its largest batch took, at `cost` bytes for a sample of the whole
  /// batches of 32 that are computed.
  private final class Machine {
    var available: Int
    let cost: Int
    private var peak = 1000
    private(set) var batches: [Int] = []

    init(available: Int, cost: Int) {
      self.available = available
      self.cost = cost
    }

    func reading() -> MemoryReading { MemoryReading(available: available, peak: peak) }

    func work(_ batch: [Int]) {
      batches.append(batch.count)
      let taken = max(0, 1000 + FixedBatch.filled(batch.count) * cost - peak)
      peak += taken
      available -= taken
    }
  }

  private func batches(of count: Int, size: Int, on machine: Machine) throws -> [Int] {
    let sizing = BatchSizing(size: size, memory: machine.reading)
    var seen: [Int] = []
    try sizing.forEach(in: Array(0..<count)) {
      seen += $0
      machine.work($0)
    }
    #expect(seen == Array(0..<count))
    return machine.batches
  }

  @Test("a probe first, then what was asked for where there is room") func room() throws {
    let machine = Machine(available: 1_000_000, cost: 100)
    #expect(try batches(of: 400, size: 128, on: machine) == [32, 128, 128, 112])
  }

  @Test("halved until it fits, whatever small batches came between") func shortage() throws {
    // 32 samples take 3200 of 10000 bytes; 0.7 of the 10000 is room for 70 samples.
    let machine = Machine(available: 10000, cost: 100)
    #expect(try batches(of: 150, size: 128, on: machine) == [32, 64, 54])
    // Fewer would cost as much.
    let least = Machine(available: 10, cost: 100)
    #expect(try batches(of: 70, size: 128, on: least) == [32, 32, 6])
    let asked = Machine(available: 10, cost: 100)
    #expect(try batches(of: 70, size: 30, on: asked) == [30, 30, 10])
  }

  @Test("backs off where memory gets short on the way") func backOff() throws {
    let machine = Machine(available: 1_000_000, cost: 100)
    let sizing = BatchSizing(size: 64, memory: machine.reading)
    try sizing.forEach(in: Array(0..<80)) { machine.work($0) }
    // Someone else takes the rest; what this process holds still serves 0.7 of 64 samples.
    machine.available = 0
    try sizing.forEach(in: Array(0..<64)) { machine.work($0) }
    #expect(machine.batches == [32, 48, 32, 32])
  }

  @Test("as asked for where memory cannot be told") func unknown() throws {
    let sizing = BatchSizing(size: 30) { nil }
    var sizes: [Int] = []
    try sizing.forEach(in: Array(0..<70)) { sizes.append($0.count) }
    #expect(sizes == [30, 30, 10])
  }

  #if os(Linux)
    /// The system does tell: a reading that is nil would switch the sizing off unseen.
    @Test func linuxTellsItsMemory() throws {
      let reading = try #require(MemoryReading.now())
      #expect(reading.peak > 1 << 20 && reading.available > 1 << 20)
    }
  #endif
}
