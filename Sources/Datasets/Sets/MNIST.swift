extension IDXSource {
  /// MNIST: 70,000 handwritten digits, 28 by 28 pixels.
  public static let mnist = IDXSource(
    card: DatasetCard(
      name: "mnist",
      title: "MNIST",
      credit: "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits, "
        + "1998",
      license: "none stated by the authors; commonly redistributed as CC BY-SA 3.0",
      classNames: (0...9).map(String.init),
      sampleShape: [1, 28, 28],
      trainCount: 60_000,
      testCount: 10_000,
      origin: .files,
      files: [
        mnistFile(
          "train-images-idx3-ubyte.gz", content: 47_040_016, download: 9_912_422,
          "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        mnistFile(
          "train-labels-idx1-ubyte.gz", content: 60_008, download: 28_881,
          "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        mnistFile(
          "t10k-images-idx3-ubyte.gz", content: 7_840_016, download: 1_648_877,
          "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        mnistFile(
          "t10k-labels-idx1-ubyte.gz", content: 10_008, download: 4_542,
          "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
      ]))

  private static func mnistFile(
    _ name: String, content: Int, download: Int, _ digest: String
  ) -> DatasetFile {
    DatasetFile(
      name: name, contentBytes: content, contentSHA256: digest, downloadBytes: download,
      mirrors: [
        "https://storage.googleapis.com/cvdf-datasets/mnist/\(name)",
        "https://ossci-datasets.s3.amazonaws.com/mnist/\(name)",
      ])
  }
}
