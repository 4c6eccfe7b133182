import Failures
import Foundation

/// A data set of four IDX files: images and labels to train on, images and labels to test on.
///
/// The files of the card are in that order; pixels are bytes from 0 to 255, divided by 255.
public struct IDXSource: DatasetSource {
  /// What the data set is.
  public let card: DatasetCard

  /// Creates a source.
  ///
  /// - Precondition: The card has four files and samples of shape `[1, height, width]`.
  public init(card: DatasetCard) {
    precondition(
      card.files.count == 4 && card.sampleShape.count == 3 && card.sampleShape[0] == 1,
      "IDXSource: \(card.name) needs four files and samples of shape [1, height, width]")
    self.card = card
  }

  /// Reads the files and checks them against the card: sizes, counts and labels, not digests.
  public func load(_ options: LoadOptions) throws(Failure) -> Dataset {
    let locations = options.locations
    let folder = try locations.folder(of: card)
    func read(_ file: DatasetFile, _ sizes: [Int]) throws(Failure) -> IDXArray {
      let path =
        locations.path(of: file, in: folder)
        ?? folder.appendingPathComponent(file.name)
      let content = try FileContent(of: path, limit: file.contentBytes).bytes
      let array = try IDXArray(content: content, axisCount: sizes.count, location: path.path)
      guard array.sizes == sizes else {
        throw Failure(
          .malformed, at: path.path, expected: "sizes \(sizes)", found: "\(array.sizes)",
          remedy: "The file belongs to another data set; run `basin data fetch \(card.name)`.")
      }
      return array
    }
    func part(_ count: Int, _ images: DatasetFile, _ labels: DatasetFile) throws(Failure)
      -> LabelledSamples
    {
      try LabelledSamples(
        images: read(images, [count] + card.sampleShape.dropFirst()),
        labels: read(labels, [count]), divisor: 255, classNames: card.classNames,
        location: folder.appendingPathComponent(labels.name).path)
    }
    return try Dataset(
      card: card, train: part(card.trainCount, card.files[0], card.files[1]),
      test: part(card.testCount, card.files[2], card.files[3]), options: options)
  }
}
