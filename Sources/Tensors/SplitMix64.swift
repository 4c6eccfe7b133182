/// A small random generator whose every output is a documented function of its seed.
///
/// The state advances by a constant and the output is a bijective mix of it, so nothing but the
/// seed and a position has to be stored to resume. It is the source of single numbers on the host, in
/// loops over samples and pixels; `RandomGenerator` fills tensors.
///
/// ### Source
/// Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014; constants of
/// Vigna's reference `splitmix64.c`. Named streams are ours.
public struct SplitMix64: RandomNumberGenerator, Sendable, Equatable {
  private var state: UInt64

  /// Creates the generator of the reference implementation.
  public init(seed: UInt64) {
    state = seed
  }

  /// Creates one of many unrelated generators of the same seed.
  ///
  /// - Parameters:
  ///   - seed: The user's seed.
  ///   - stream: What the numbers are for, such as `"epoch"`; part of the state by its FNV-1a hash.
  ///   - index: Which of the streams of that name, such as the number of the epoch.
  public init(seed: UInt64, stream: String, index: Int = 0) {
    state = Self.mixed(
      Self.mixed(Self.mixed(seed) ^ Self.key(of: stream)) ^ UInt64(bitPattern: Int64(index)))
  }

  /// The FNV-1a hash of a name.
  public static func key(of name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Returns the next 64 uniformly distributed bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  /// Returns a uniform integer in `0..<bound`, without bias.
  ///
  /// Rejects the few products that would favour small results (Lemire, 2019). The standard library
  /// does not promise to keep its own method, so this one is written out.
  ///
  /// - Precondition: `bound` is positive.
  public mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "SplitMix64.next(below:): bound \(bound) is not positive")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    let threshold = (0 &- bound) % bound
    while product.low < threshold {
      product = next().multipliedFullWidth(by: bound)
    }
    return Int(product.high)
  }

  /// Returns a uniform number in `[0, 1)` with 53 random bits.
  public mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A bijection of 64-bit words in which every input bit flips each output bit half of the time.
  private static func mixed(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
