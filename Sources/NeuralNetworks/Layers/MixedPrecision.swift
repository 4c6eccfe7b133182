import Tensors

/// Training in mixed precision (Micikevicius et al. 2018; bfloat16 as in Kalamkar et al. 2019): features
/// are computed with products of bfloat16 numbers, everything else as before.
///
/// Between images and features, convolutions and linear layers round what enters them and their weights to
/// bfloat16 and add up in float32; maps between convolutions stay bfloat16. Batch normalisation takes its
/// statistics in float32, and features leave in the numbers of the images. Parameters, their gradients and the
/// optimizer's state are float32 all along. What follows the features (dynamics and the solver's
/// control of errors, Lyapunov functions, heads, losses) is not touched: a solver would take
/// rounding to 8 bits for its own error, and it is a small part of the time.
///
/// The first convolution of a network in use, whose weights are fixed, stays in float32 where images have
/// few channels: that is quicker.
///
/// bfloat16 has float32's range, so that losses need no scaling. Derivatives pass through at rounding to
/// nearest as if it were exact.
public enum MixedPrecision {
  /// Whether features are computed so in the present task, as a training sets it around an objective.
  @TaskLocal public static var isOn = false

  /// Whether layers at hand are those of a feature extractor that is to be computed so.
  @TaskLocal static var isOfLayers = false

  /// Features of images: `compute`, in mixed precision where it is on.
  ///
  /// - Parameter images: [N, ...], in whose numbers features are given.
  public static func features(
    of images: Tensor, _ compute: (Tensor) throws -> Tensor
  ) rethrows -> Tensor {
    guard isOn else { return try compute(images) }
    return try $isOfLayers.withValue(true) { try compute(images) }.to(images.dtype)
  }
}

extension Tensor {
  /// Rounded to bfloat16, recorded.
  var halved: Tensor { to(.bfloat16) }
}
