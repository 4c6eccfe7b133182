import Tensors

// Single random numbers, for attacks that draw a few for each sample thousands of times, and for
// corruptions that draw one for each pixel.
extension SplitMix64 {
  /// The numbers of one sample, for one purpose and attempt.
  ///
  /// - Parameters:
  ///   - purpose: the attack's name.
  ///   - variant: the attempt.
  init(seed: UInt64, purpose: String, sample: Int, variant: Int) {
    let keys = [
      Self.key(of: purpose), UInt64(bitPattern: Int64(sample)), UInt64(bitPattern: Int64(variant)),
    ]
    self.init(seed: keys.reduce(RandomGenerator.mixed(seed)) { RandomGenerator.mixed($0 ^ $1) })
  }

  /// One that is seeded by a draw from another generator, which advances.
  init(from generator: RandomGenerator) {
    self.init(seed: generator.uniform([1], dtype: .float64).item.bitPattern)
  }

  /// ⌊u · bound⌋ with u uniform on [0, 1): 0 where the bound is 0.
  mutating func integer(below bound: Int) -> Int { Int(nextUnit() * Double(bound)) }

  /// A uniform number on [lower, upper), of 53 random bits.
  mutating func uniform(in range: Range<Double>) -> Double {
    range.lowerBound + nextUnit() * (range.upperBound - range.lowerBound)
  }

  /// -1 or 1.
  mutating func sign() -> Float { next() >> 63 == 0 ? -1 : 1 }
}

extension AttackProblem {
  /// One stream for each sample.
  ///
  /// - Parameter purpose: the attack's name.
  func streams(for purpose: String) -> [SplitMix64] {
    zip(samples.indices, attempts).map {
      SplitMix64(seed: seed, purpose: purpose, sample: $0, variant: $1)
    }
  }
}
