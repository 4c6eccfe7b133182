import Tensors
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
  @Test("gives the numbers of the reference implementation")
  func referenceNumbers() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test("bounded integers cover their range evenly", arguments: [1, 2, 3, 10, 1797])
  func boundedIntegers(bound: Int) {
    var generator = SplitMix64(seed: 5)
    var counts = Array(repeating: 0, count: bound)
    let draws = 400 * bound
    for _ in 0..<draws { counts[generator.next(below: bound)] += 1 }
    // Each count is binomial with mean 400 and standard deviation below 20: six of them.
    #expect(counts.allSatisfy { abs($0 - 400) < 120 })
  }

  @Test("unit numbers lie in [0, 1) with the mean of the uniform distribution")
  func unitNumbers() {
    var generator = SplitMix64(seed: 9)
    let numbers = (0..<10_000).map { _ in generator.nextUnit() }
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    let mean = numbers.reduce(0, +) / 10_000
    #expect(abs(mean - 0.5) < 0.02)
  }

  @Test("streams differ by seed, name and index")
  func streams() {
    var streams = [
      SplitMix64(seed: 0, stream: "epoch"), SplitMix64(seed: 1, stream: "epoch"),
      SplitMix64(seed: 0, stream: "epoch", index: 1),
      SplitMix64(seed: 0, stream: "epoch", index: -1),
      SplitMix64(seed: 0, stream: "split"), SplitMix64(seed: 0),
    ]
    let first = streams.indices.map { streams[$0].next() }
    #expect(Set(first).count == first.count)
  }
}
