import Tensors

/// Each sample's image of the greatest margin so far; the later of two equal ones.
struct BestIterate {
  private(set) var images: Tensor
  private var margins: Tensor?

  init(_ images: Tensor) { self.images = images }

  /// - Parameters:
  ///   - candidates: one image for each sample.
  ///   - new: their margins, [N].
  mutating func consider(_ candidates: Tensor, margins new: Tensor) {
    let old = margins ?? .full(-.infinity, new.shape).like(new)
    let isBetter = new .>= old
    images = Tensor.select(isBetter.spread(over: images), candidates, images)
    margins = Tensor.select(isBetter, new, old)
  }
}
