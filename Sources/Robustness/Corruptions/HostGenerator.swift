import Tensors

/// A quick source of single random numbers, for loops over pixels: SplitMix64 (Steele, Lea and
/// Flood 2014).
struct HostGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A generator seeded by a draw from another, which advances.
  init(from generator: RandomGenerator) {
    self.init(seed: generator.uniform([1], dtype: .float64).item.bitPattern)
  }

  mutating func next() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return RandomGenerator.mixed(state)
  }

  /// A uniform integer in 0 ..< bound, with a bias below bound / 2^64.
  mutating func integer(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A uniform number on [lower, upper), of 53 random bits.
  mutating func uniform(in range: Range<Double>) -> Double {
    let unit = Double(next() >> 11) * 0x1p-53
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }
}
