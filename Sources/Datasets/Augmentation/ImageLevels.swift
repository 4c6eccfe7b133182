import Tensors

/// A batch of images as the 8-bit levels that image operations are defined on.
package struct ImageLevels {
  /// Integers from 0 to 255 kept in float32, which holds them and their sums exactly; [N, C, H, W].
  let values: Tensor

  init(values: Tensor) { self.values = values }

  /// The nearest levels of images in [0, 1].
  package init(_ images: Tensor) {
    values = (images.to(.float32) * 255).rounded
  }

  /// k / 255, correctly rounded to float32 as a data set's pixels are, in the type of other images.
  package func images(like other: Tensor) -> Tensor {
    // By a tensor: a division by a number may become a product with its rounded reciprocal.
    (values / Tensor.full(255, [1], device: values.device)).to(other.dtype)
  }

  var count: Int { values.shape[0] }
  var channelCount: Int { values.shape[1] }
  var height: Int { values.shape[2] }
  var width: Int { values.shape[3] }

  /// One number for each image, to be broadcast over its levels.
  func perImage(_ numbers: [Double]) -> Tensor {
    Tensor(numbers.map { Float($0) }, shape: [numbers.count, 1, 1, 1], device: values.device)
  }

  /// Cuts the batch into groups of rows, changes each by itself and puts all in their places.
  ///
  /// - Parameters:
  ///   - groups: Every row exactly once.
  ///   - change: Given the images of a group and their rows.
  func mapped(
    _ groups: some Collection<[Int]>, _ change: (ImageLevels, [Int]) -> ImageLevels
  ) -> ImageLevels {
    func selection(_ rows: [Int]) -> Tensor { Tensor(rows.map(Int64.init), device: values.device) }
    let parts = groups.map { rows in
      change(ImageLevels(values: values.selecting(selection(rows))), rows).values
    }
    let places = groups.joined().enumerated().sorted { $0.element < $1.element }.map(\.offset)
    return ImageLevels(values: Tensor.concatenated(parts).selecting(selection(places)))
  }
}
