import Tensors

/// Random numbers of one sample, for one purpose and attempt: SplitMix64 (Steele, Lea, Flood 2014),
/// for attacks that draw a few numbers for each sample thousands of times.
struct SampleStream {
  private var counter: UInt64

  /// - Parameters:
  ///   - purpose: the attack's name.
  ///   - variant: the attempt.
  init(seed: UInt64, purpose: String, sample: Int, variant: Int) {
    let keys = [
      RandomGenerator.key(of: purpose), UInt64(bitPattern: Int64(sample)),
      UInt64(bitPattern: Int64(variant)),
    ]
    counter = keys.reduce(RandomGenerator.mixed(seed)) { RandomGenerator.mixed($0 ^ $1) }
  }

  private mutating func next() -> UInt64 {
    defer { counter &+= 0x9E37_79B9_7F4A_7C15 }
    return RandomGenerator.mixed(counter)
  }

  /// ⌊u · bound⌋ with u uniform on [0, 1): 0 where the bound is 0.
  mutating func integer(below bound: Int) -> Int {
    Int(Double(next() >> 11) * 0x1p-53 * Double(bound))
  }

  /// -1 or 1.
  mutating func sign() -> Float { next() >> 63 == 0 ? -1 : 1 }
}

extension AttackProblem {
  /// One stream for each sample.
  ///
  /// - Parameter purpose: the attack's name.
  func streams(for purpose: String) -> [SampleStream] {
    zip(samples.indices, attempts).map {
      SampleStream(seed: seed, purpose: purpose, sample: $0, variant: $1)
    }
  }
}
