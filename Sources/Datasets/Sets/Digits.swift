import Failures
import Tensors

/// The 1797 handwritten digits that are part of the program, 8 by 8 pixels with 17 grey levels.
///
/// A seeded permutation puts 1437 into the training part and 360, a fifth, into the test part.
public struct Digits: DatasetSource {
  /// Creates the source.
  public init() {}

  /// What the data set is.
  public var card: DatasetCard {
    DatasetCard(
      name: "digits",
      title: "Optical digits",
      credit: "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine "
        + "Learning Repository, 1998, doi:10.24432/C50P49; the 1797 that scikit-learn ships",
      license: "CC BY 4.0",
      classNames: (0...9).map(String.init),
      sampleShape: [1, 8, 8],
      trainCount: 1437,
      testCount: 360,
      origin: .embedded,
      files: [
        DatasetFile(
          name: "digits-images-idx3-ubyte.gz", contentBytes: 115_024,
          contentSHA256: "359cd13f0f514122884198b78a131df597421cbf5e93a76678fa96fc548f0d96"),
        DatasetFile(
          name: "digits-labels-idx1-ubyte.gz", contentBytes: 1805,
          contentSHA256: "ce71631c1f31ce56fa54f31d1d498fafacff59b001e6c30c4a5e29508aa277ad"),
      ])
  }

  /// Unpacks the embedded digits and splits them by the data seed.
  public func load(_ options: LoadOptions) throws(Failure) -> Dataset {
    let digits = try all()
    var generator = SplitMix64(seed: options.dataSeed, stream: "split")
    let order = SeededPermutation(count: digits.count, using: &generator).indices
    let card = card
    return try Dataset(
      card: card, train: digits.subset(order[..<card.trainCount].sorted()),
      test: digits.subset(order[card.trainCount...].sorted()), options: options)
  }

  /// All the digits, in the order of their file.
  package func all() throws(Failure) -> LabelledSamples {
    let card = card
    func read(_ file: DatasetFile, axisCount: Int) throws(Failure) -> IDXArray {
      try IDXArray(
        content: EmbeddedFiles.content(of: file), axisCount: axisCount, location: file.name)
    }
    return try LabelledSamples(
      images: read(card.files[0], axisCount: 3), labels: read(card.files[1], axisCount: 1),
      divisor: 16, classNames: card.classNames, location: card.name)
  }
}
