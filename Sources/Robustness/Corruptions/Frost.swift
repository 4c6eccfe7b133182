import Images
import Tensors

/// Ice crystals on the window: x' = a x + b f, with a random piece f of a photograph of frosted
/// glass.
///
/// a and b by severity, and the reduction of the photographs, to 0.2 for images of 32 pixels and
/// to 0.3 for 64, from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `frost`. Their scripts
/// draw among the first five of their six photographs, here it is among all that are given; a
/// photograph that the reduction would leave too small is reduced less or enlarged. Where an image
/// is not in three channels, f is grey.
public struct Frost: Corruption {
  public let name = "frost"
  public let severity: Severity
  let pictures: FrostPictures

  private static let constants = SeverityTable<(image: Double, frost: Double, scale: Double)>(
    cifar: [(1, 0.2, 0.2), (1, 0.3, 0.2), (0.9, 0.4, 0.2), (0.85, 0.4, 0.2), (0.75, 0.45, 0.2)],
    tinyImageNet: [
      (1, 0.3, 0.3), (0.9, 0.4, 0.3), (0.8, 0.45, 0.3), (0.75, 0.5, 0.3), (0.7, 0.55, 0.3),
    ],
    imageNet: [(1, 0.4, 1), (0.8, 0.6, 1), (0.7, 0.7, 1), (0.65, 0.7, 1), (0.6, 0.75, 1)])

  /// - Parameter pictures: the photographs of frost that pieces are cut from.
  public init(severity: Severity, pictures: FrostPictures) {
    self.severity = severity
    self.pictures = pictures
  }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    var host = SplitMix64(from: generator)
    let picture = host.next(below: pictures.pictures.count)
    let view = view(of: picture, forSampleOf: image.shape)
    return corrupt(
      image, picture: picture,
      top: host.next(below: max(1, view.height - image.shape[1])),
      left: host.next(below: max(1, view.width - image.shape[2])))
  }

  private func view(of picture: Int, forSampleOf shape: [Int]) -> PictureView {
    PictureView(
      of: pictures.pictures[picture],
      scale: Self.constants.value(at: severity, forSampleOf: shape).scale,
      coveringHeight: shape[1], width: shape[2])
  }

  /// - Parameters:
  ///   - picture: which of the photographs.
  ///   - top: the first row of the piece in the reduced photograph.
  ///   - left: its first column.
  package func corrupt(_ image: Tensor, picture: Int, top: Int, left: Int) -> Tensor {
    let constants = Self.constants.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let frost = view(of: picture, forSampleOf: image.shape)
      .piece(top: top, left: left, height: planes.height, width: planes.width)
    var result = planes
    for place in result.values.indices {
      let colour = frost[place % planes.area]
      let level =
        planes.channels == 3
        ? Double(colour[place / planes.area])
        : Double(ImagePlanes.grey(colour.map { Float($0) }))
      let sum = constants.image * (planes.values[place] * 255) + constants.frost * level
      result.values[place] = min(sum, 255).rounded(.down) / 255
    }
    return result.tensor
  }
}
