import Files

extension LabelledSamples {
  /// The SHA-256 of what the samples are, for provenance: equal if and only if the shape, every
  /// number and every label are, in the same order.
  ///
  /// It is taken over an ASCII line of the shape, divisor and count, then the bytes (or the
  /// little-endian bits of the numbers), then the labels as 32-bit little-endian integers.
  public func sha256() -> String {
    let digest = SHA256()
    switch samples.storage {
    case .bytes(let bytes, let divisor):
      digest.update(Array("\(sampleShape) / \(divisor) x \(count)\n".utf8))
      digest.update(bytes)
    case .values(let values):
      digest.update(Array("\(sampleShape) float32 x \(count)\n".utf8))
      digest.update(Self.littleEndianBytes(values.map(\.bitPattern)))
    }
    digest.update(Self.littleEndianBytes(labels.map { UInt32(truncatingIfNeeded: $0) }))
    return digest.finalize()
  }

  private static func littleEndianBytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }
}
