extension CIFARSource {
  /// CIFAR-10: 60,000 colour photographs of animals and vehicles, 32 by 32 pixels.
  ///
  /// Read from the official binary version. The digest is that of the archive; of the files in it the
  /// publisher gives none.
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
      // SHA-256 as TensorFlow Datasets lists it.
      archive: DatasetArchive(
        name: "cifar-10-binary.tar.gz", bytes: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        mirrors: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
        folder: "cifar-10-batches-bin", unpackedLimit: 190_000_000),
      // Of the 50,000 training images, rounded as they are usually quoted.
      channels: ChannelStatistics(
        mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])),
    labelBytes: 1)
}
