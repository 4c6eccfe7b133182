import Tensors

extension RandomGenerator {
  /// A generator that belongs to one sample and one purpose, so that what is drawn for a sample
  /// does not depend on its batch, its place in it, or what else is evaluated.
  ///
  /// - Parameters:
  ///   - purpose: the name of an attack or corruption, part of the key by its FNV-1a hash.
  ///   - variant: a restart or a severity.
  convenience init(seed: UInt64, purpose: String, sample: Int, variant: Int) {
    self.init(
      seed: seed, keys: Self.key(of: purpose), UInt64(bitPattern: Int64(sample)),
      UInt64(bitPattern: Int64(variant)))
  }

  /// The FNV-1a hash of a name.
  static func key(of purpose: String) -> UInt64 {
    purpose.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
