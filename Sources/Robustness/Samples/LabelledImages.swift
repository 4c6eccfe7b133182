import Failures
import Tensors

/// Images with their classes and their places in the data set they come from.
public struct LabelledImages {
  /// [N, ...] with pixels in [0, 1].
  public let images: Tensor
  /// [N] (int64), on the device of the images.
  public let labels: Tensor
  /// The same labels as numbers.
  public let labelList: [Int]
  /// The place of each sample in its data set: it names the sample in results and is the key of
  /// its random draws.
  public let indices: [Int]

  /// Joins images and labels.
  ///
  /// - Parameters:
  ///   - images: [N, ...] with pixels in [0, 1]; one that lies beyond by no more than the rounding
  ///     of float32, 2⁻²³, is put onto the end.
  ///   - labels: the class of each image, in `0..<classCount`.
  ///   - indices: the place of each sample in its data set; 0 ..< N where omitted.
  /// - Throws: `Failure` of kind `unsuitable` if there are no images, the counts differ,
  ///   an index repeats, a label is no class, or a pixel is not a number in [0, 1].
  public init(
    images: Tensor, labels: [Int], indices: [Int]? = nil, classCount: Int
  ) throws(Failure) {
    func error(_ expected: String, _ found: String, _ remedy: String) -> Failure {
      Failure(
        .unsuitable, at: "images", expected: expected, found: found, remedy: remedy)
    }
    guard images.rank >= 2, images.count > 0, images.dtype.isFloatingPoint else {
      throw error(
        "at least one image as floating-point numbers, [N, C, H, W] or [N, d]",
        "\(images.dtype) \(images.shape)", "Give at least one sample.")
    }
    let count = images.shape[0]
    let indices = indices ?? Array(0..<count)
    guard labels.count == count, indices.count == count else {
      throw error(
        "one label and one index for each of \(count) images",
        "\(labels.count) labels and \(indices.count) indices",
        "Use images and labels of the same part of the same data set.")
    }
    guard Set(indices).count == count else {
      throw error("each sample once", "an index that repeats", "Remove the repeated samples.")
    }
    if let position = labels.firstIndex(where: { !(0..<classCount).contains($0) }) {
      throw error(
        "labels from 0 to \(classCount - 1)",
        "label \(labels[position]) of sample \(indices[position])",
        "The model was trained for other classes: use its own data set.")
    }
    let pixels = PixelRange(images)
    if let fault = pixels.fault {
      throw error(
        "pixels in [0, 1]", "\(fault.pixel) in sample \(indices[fault.position])", fault.remedy)
    }
    self.init(pixels.images, labels, indices)
  }

  /// Joins images whose numbers may lie outside [0, 1]: for `MisplacedClampStudy` alone, whose
  /// subject they are.
  ///
  /// - Precondition: as many labels and indices as images.
  package init(unchecked images: Tensor, labels: [Int], indices: [Int]) {
    precondition(
      images.shape[0] == labels.count && labels.count == indices.count,
      "LabelledImages: \(labels.count) labels and \(indices.count) indices of \(images.shape)")
    self.init(images, labels, indices)
  }

  private init(_ images: Tensor, _ labels: [Int], _ indices: [Int]) {
    self.images = images
    self.labels = Tensor(labels.map(Int64.init), device: images.device)
    labelList = labels
    self.indices = indices
  }

  /// The shape of one sample: [C, H, W] of an image, [d] of a point.
  var sampleShape: [Int] { Array(images.shape.dropFirst()) }

  /// The number of samples.
  public var count: Int { indices.count }

  /// The first `limit` samples, or all where there are fewer.
  public func prefix(_ limit: Int) -> LabelledImages {
    limit >= count ? self : subset(Array(0..<limit))
  }

  /// The samples at the given positions (not data set indices), in that order.
  public func subset(_ positions: [Int]) -> LabelledImages {
    LabelledImages(
      images.samples(at: positions), positions.map { labelList[$0] },
      positions.map { indices[$0] })
  }
}
