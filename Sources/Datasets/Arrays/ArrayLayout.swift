import Failures
import Tensors

/// How the axes of an array are read.
struct ArrayLayout {
  let layout: ArrayNames.Layout
  /// Of one sample, [C, H, W] or [d].
  let shape: [Int]

  /// By what the user says, or, of two and three axes, by their number.
  ///
  /// - Throws: `Failure` of kind `malformed` where the axes do not say, or are too many.
  init(of part: ArrayPart, _ given: ArrayNames.Layout?) throws(Failure) {
    let axes = part.samples.shape
    func failure(_ expected: String, _ remedy: String) -> Failure {
      part.failure(expected, "samples of shape \(axes)", remedy)
    }
    let usual: ArrayNames.Layout? = [2: .vectors, 3: .nhw][axes.count]
    guard let layout = given ?? usual else {
      throw failure(
        "a layout",
        axes.count == 4
          ? "Say which axis has the channels: `,layout=nchw` or `,layout=nhwc` behind the files."
          : "Give images [N, C, H, W], [N, H, W, C] or [N, H, W], or vectors [N, d].")
    }
    let wanted = layout == .vectors ? 2 : layout == .nhw ? 3 : 4
    guard axes.count == wanted, axes.allSatisfy({ $0 > 0 }) else {
      throw failure(
        "\(wanted) axes for layout \(layout.rawValue)", "Name the layout that the array has.")
    }
    self.layout = layout
    shape =
      switch layout {
      case .vectors: [axes[1]]
      case .nhw: [1, axes[1], axes[2]]
      case .nchw: Array(axes.dropFirst())
      case .nhwc: [axes[3], axes[1], axes[2]]
      }
  }

  var isTable: Bool { layout == .vectors }

  /// Images with pixels in [0, 1]; integers are levels from 0 to 255.
  ///
  /// - Throws: `Failure` of kind `malformed` for other numbers.
  func pixels(of part: ArrayPart) throws(Failure) -> Samples {
    let images: Tensor =
      switch layout {
      case .nhwc: part.samples.permuted([0, 3, 1, 2]).contiguous()
      default: part.samples.contiguous()
      }
    if images.dtype == .uint8 || images.dtype == .int64 {
      let flat = images.reshaped([-1])
      let (least, most) = (flat.min(along: 0).integers[0], flat.max(along: 0).integers[0])
      guard least >= 0, most <= 255 else {
        throw part.failure(
          "integers from 0 to 255, 8-bit levels", "others, from \(least) to \(most)",
          "Divide by the largest level and give floating-point numbers in [0, 1].")
      }
      return Samples(bytes: images.to(.uint8).bytes, divisor: 255, shape: shape)
    }
    let numbers = images.to(.float32)
    let odd = ((numbers .>= -0x1p-23) .& (numbers .<= 1 + 0x1p-23)).reshaped([images.shape[0], -1])
      .all(along: 1).integers.firstIndex(of: 0)
    if let odd {
      let pixels = numbers[odd].doubles
      let pixel = pixels.first { !(-0x1p-23...1 + 0x1p-23).contains($0) }!
      throw part.failure(
        "pixels in [0, 1]", "\(pixel) in sample \(odd)",
        pixel.isFinite
          ? pixel < 0
            ? "They look normalised: give pixels as they were before."
            : "Divide by the largest level, or give integers from 0 to 255."
          : "Look at where the images come from: some of their pixels are no numbers.")
    }
    return Samples(
      values: numbers.clamped(to: 0...1).scalars(as: Float.self), shape: shape)
  }
}
