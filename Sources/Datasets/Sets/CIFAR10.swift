extension CIFARSource {
  /// CIFAR-10: 60,000 colour photographs of animals and vehicles, 32 by 32 pixels.
  ///
  /// Read from the official binary version. Its publisher gives an MD5 of the whole archive and no
  /// digest of the files in it, so the manifest has none: of an installed file only the size is
  /// verified. The archive is not fetched.
  public static let cifar10 = CIFARSource(
    card: DatasetCard(
      name: "cifar10",
      title: "CIFAR-10",
      credit: "A. Krizhevsky: Learning multiple layers of features from tiny images, technical "
        + "report, University of Toronto, 2009",
      license: "none stated; the authors ask for citation of the report",
      classNames: [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ],
      sampleShape: [3, 32, 32],
      trainCount: 50_000,
      testCount: 10_000,
      origin: .files,
      files: ((1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]).map {
        DatasetFile(name: $0, contentBytes: 30_730_000)
      },
      archiveFolder: "cifar-10-batches-bin",
      // Of the 50,000 training images, rounded as they are usually quoted.
      channels: ChannelStatistics(
        mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])),
    archive: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz")
}
