import Failures
import Files
import Tensors

/// Samples with the class of each: the training, validation or test part of a data set.
public struct LabelledSamples: Sendable, Equatable {
  /// The samples themselves.
  public let samples: Samples
  /// The class of each sample, in `0..<classNames.count`.
  public let labels: [Int]
  /// The name of each class, in the order of the labels.
  public let classNames: [String]

  /// Joins samples and labels.
  ///
  /// - Parameters:
  ///   - samples: The samples.
  ///   - labels: The class of each sample, in their order.
  ///   - classNames: The name of each class.
  ///   - location: What the error names: a file, or the name of the data set.
  /// - Throws: `Failure` of kind `malformed` if the counts differ or a label is no class.
  public init(
    samples: Samples, labels: [Int], classNames: [String], location: String
  ) throws(Failure) {
    guard samples.count == labels.count else {
      throw Failure(
        .malformed, at: location, expected: "one label for each of \(samples.count) samples",
        found: "\(labels.count) labels",
        remedy: "Use the images and labels of the same part of the same data set.")
    }
    if let index = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
      throw Failure(
        .malformed, at: location, expected: "labels from 0 to \(classNames.count - 1)",
        found: "label \(labels[index]) of sample \(index)",
        remedy:
          "The file belongs to another data set or is damaged; put the right one in its place.")
    }
    self.init(samples, labels, classNames)
  }

  private init(_ samples: Samples, _ labels: [Int], _ classNames: [String]) {
    self.samples = samples
    self.labels = labels
    self.classNames = classNames
  }

  /// The number of samples.
  public var count: Int { labels.count }

  /// The shape of one sample: `[channels, height, width]` of an image, `[2]` of a point.
  public var sampleShape: [Int] { samples.shape }

  /// The number of samples of each class.
  public var classCounts: [Int] {
    labels.reduce(into: Array(repeating: 0, count: classNames.count)) { $0[$1] += 1 }
  }

  /// The chosen samples with their labels, in the order of `indices`.
  public func subset(_ indices: some Collection<Int>) -> LabelledSamples {
    LabelledSamples(samples.subset(indices), indices.map { labels[$0] }, classNames)
  }

  /// The first `limit` samples, or all of them if there are fewer.
  public func prefix(_ limit: Int) -> LabelledSamples {
    limit >= count ? self : subset(0..<Swift.max(limit, 0))
  }
}

extension LabelledSamples {
  /// The chosen samples as tensors on the CPU, in the order of `indices`.
  ///
  /// - Returns: `inputs` of type float32 and shape `[indices.count] + sampleShape`, images in
  ///   [0, 1]; `labels` of type int64 and shape `[indices.count]`.
  public func batch(_ indices: some Collection<Int>) -> (inputs: Tensor, labels: Tensor) {
    (
      Tensor(samples.values(at: indices), shape: [indices.count] + sampleShape),
      Tensor(indices.map { Int64(labels[$0]) }, shape: [indices.count])
    )
  }
}

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
