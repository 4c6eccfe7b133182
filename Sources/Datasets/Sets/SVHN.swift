import Failures
import Foundation

/// SVHN, cropped digits: 99,289 house numbers photographed from the street, 32 by 32 pixels.
///
/// Read from the MATLAB files in which it is published: `X`, bytes of axes row, column, channel and
/// image (or, as in files of version 4, of pixel and image), and `y`, labels from 1 to 10, of which 10 is the digit 0. Files may have other numbers of
/// images than the official ones. The 531,131 images of `extra_32x32.mat` are not read.
public struct SVHNSource: DatasetSource {
  /// Creates the source.
  public init() {}

  /// What the data set is.
  public var card: DatasetCard {
    DatasetCard(
      name: "svhn",
      title: "Street View House Numbers",
      credit:
        "Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu, A. Y. Ng: Reading digits in natural "
        + "images with unsupervised feature learning, NIPS workshop, 2011",
      license: "for non-commercial use only, as its page says",
      classNames: (0...9).map(String.init),
      sampleShape: [3, 32, 32],
      trainCount: 73_257,
      testCount: 26_032,
      origin: .files,
      // SHA-256 as TensorFlow Datasets lists them.
      files: [
        Self.file(
          "train_32x32.mat", bytes: 182_040_794,
          "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
        Self.file(
          "test_32x32.mat", bytes: 64_275_384,
          "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
      ],
      // Of the 73,257 training images, rounded as they are usually quoted.
      channels: ChannelStatistics(
        mean: [0.4377, 0.4438, 0.4728], deviation: [0.1980, 0.2010, 0.1970]))
  }

  private static func file(_ name: String, bytes: Int, _ digest: String) -> DatasetFile {
    DatasetFile(
      name: name, contentBytes: bytes, contentSHA256: digest, downloadBytes: bytes,
      mirrors: ["http://ufldl.stanford.edu/housenumbers/\(name)"])
  }

  /// Reads the two files.
  ///
  /// - Throws: `Failure` of kind `missing`, `malformed` or `fileSystem`.
  public func load(_ options: LoadOptions) throws(Failure) -> Dataset {
    let card = card
    let folder = try options.locations.folder(of: card)
    let limit = 2 * card.trainCount * card.sampleShape.reduce(1, *)
    func part(_ file: DatasetFile) throws(Failure) -> LabelledSamples {
      let path = folder.appendingPathComponent(file.name)
      return try LabelledSamples(
        svhn: FileContent(of: path, limit: limit).bytes, limit: limit,
        classNames: card.classNames, location: path.path)
    }
    return try Dataset(
      card: card, train: part(card.files[0]), test: part(card.files[1]), options: options)
  }
}

extension LabelledSamples {
  /// Reads the content of a file of SVHN's cropped digits.
  ///
  /// - Parameter limit: The most bytes that the pixels may take.
  /// - Throws: `Failure` of kind `malformed` if an array is missing, damaged or of other sizes,
  ///   or a label is not in 1...10.
  public init(
    svhn content: [UInt8], limit: Int, classNames: [String], location: String
  ) throws(Failure) {
    func failure(_ expected: String, _ found: String) -> Failure {
      Failure(
        .malformed, at: location, expected: expected, found: found,
        remedy: "The file is not one of cropped digits (format 2); fetch it again.")
    }
    let file = try MATFile(content: content, location: location)
    let images = try file.array(named: "X", limit: limit)
    let labels = try file.array(named: "y", limit: limit)
    // Files of version 4 have matrices only: there the axes of an image are one.
    let isImage =
      images.sizes.dropLast() == [32, 32, 3] || images.sizes.dropLast() == [32 * 32 * 3]
    guard case .bytes(var pixels) = images.elements, isImage, images.sizes.last! > 0 else {
      throw failure("bytes X of sizes [32, 32, 3, N] or [3072, N]", "sizes \(images.sizes)")
    }
    guard let numbers = labels.integers, labels.sizes.allSatisfy({ $0 > 0 }) else {
      throw failure("whole numbers y", "others, or none")
    }
    if let index = numbers.firstIndex(where: { !(1...10).contains($0) }) {
      throw failure("labels from 1 to 10", "label \(numbers[index]) of sample \(index)")
    }
    pixels.withUnsafeMutableBufferPointer { pixels in
      for start in stride(from: 0, to: pixels.count, by: 32 * 32) {
        Self.transpose(UnsafeMutableBufferPointer(rebasing: pixels[start..<start + 32 * 32]))
      }
    }
    try self.init(
      samples: Samples(bytes: pixels, divisor: 255, shape: [3, 32, 32]),
      labels: numbers.map { $0 % 10 }, classNames: classNames, location: location)
  }

  /// MATLAB keeps a plane column by column.
  private static func transpose(_ plane: UnsafeMutableBufferPointer<UInt8>) {
    for row in 1..<32 {
      for column in 0..<row {
        let (a, b) = (row * 32 + column, column * 32 + row)
        (plane[a], plane[b]) = (plane[b], plane[a])
      }
    }
  }
}
