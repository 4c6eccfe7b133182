import Failures
import Tensors

/// A random change of training images that leaves their classes as they are.
///
/// What happens to a sample is a function of the seed, the epoch and the index of that sample, never
/// of the batch that it is in: a resumed run, or one with other batches, sees the same images.
///
/// A new augmentation is one file with such a type and one line in `AugmentationCatalog`.
public protocol Augmentation: Sendable {
  /// The name in a configuration.
  var name: String { get }

  /// Whether pixels only change places or become 0, whatever they are counted in: done to bytes, it
  /// gives the bytes of the result. By default false.
  var onlyMovesPixels: Bool { get }

  /// Says no to samples that cannot be changed so; by default, to those that are not images.
  ///
  /// - Parameter shape: The shape of one sample, `[channels, height, width]` of an image.
  /// - Throws: `Failure` of kind `invalidOption`.
  func requireApplicable(to shape: [Int]) throws(Failure)

  /// Changes a batch of images.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]`, float32 or float64 in [0, 1], on any device; uint8 too, if it only
  ///     moves pixels.
  ///   - draws: The random numbers of the batch's `N` samples, in their order.
  /// - Returns: Images of the same shape, type, range and device.
  func augmented(_ images: Tensor, draws: SampleDraws) -> Tensor
}

extension Augmentation {
  public var onlyMovesPixels: Bool { false }

  public func requireApplicable(to shape: [Int]) throws(Failure) {
    guard shape.count == 3 else {
      throw inapplicable(expected: "images, of three axes", to: shape)
    }
  }

  /// The error of samples that this augmentation cannot change.
  func inapplicable(expected: String, to shape: [Int]) -> Failure {
    Failure(
      .invalidOption, at: "augmentation '\(name)'", expected: expected,
      found: "samples of shape \(shape)",
      remedy: "Leave it out, or train on a data set that has such images.")
  }
}
