import Failures
import Tensors

/// A change of images that nobody aimed at the model: noise, blur, weather.
public protocol Corruption: Sendable {
  /// The name in options and results. It is part of the key of random draws.
  var name: String { get }
  /// How strong it is; what that means in numbers depends on the size of images.
  var severity: Severity { get }
  /// Whether samples have to be images [C, H, W], as they have where pixels have neighbours or
  /// colours. True unless a corruption says otherwise.
  var needsImages: Bool { get }

  /// The corrupted image before it is confined to [0, 1].
  ///
  /// - Parameters:
  ///   - image: one sample, [C, H, W], or [d] where `needsImages` is false, on the CPU in float32.
  ///   - generator: the sample's own source of randomness.
  func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor
}

extension Corruption {
  public var needsImages: Bool { true }

  /// Corrupts images [N, ...], each by draws that depend on `seed`, the corruption, its severity
  /// and the sample's index alone.
  ///
  /// Images are confined to [0, 1] and cut down to whole 8-bit levels (255 x' truncated, with a
  /// tolerance of 0.001 level for float32), as the generators of the published sets do. Points [d]
  /// are only confined.
  ///
  /// - Throws: `Failure` of kind `invalidOption` if the samples are points and the
  ///   corruption needs images.
  public func applied(
    to images: Tensor, indices: [Int], seed: UInt64
  ) throws(Failure) -> Tensor {
    let isImage = images.rank == 4
    guard isImage || !needsImages else {
      throw Failure(
        .invalidOption, at: "corruptions", expected: "corruptions that points know too",
        found: "\(name), which needs images",
        remedy: "Write noise for those that do not, or none.")
    }
    let clean = images.to(.cpu).to(.float32)
    let corrupted = indices.enumerated().map { position, index in
      corrupt(
        clean[position],
        using: RandomGenerator(
          seed: seed, purpose: name, sample: index, variant: severity.level))
    }
    let confined = Tensor.stacked(corrupted).clamped(to: 0...1)
    return (isImage ? (confined * 255 + 0.001).floor / 255 : confined).like(images)
  }
}
