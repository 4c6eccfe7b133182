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
      seed: seed, keys: SplitMix64.key(of: purpose), UInt64(bitPattern: Int64(sample)),
      UInt64(bitPattern: Int64(variant)))
  }
}
