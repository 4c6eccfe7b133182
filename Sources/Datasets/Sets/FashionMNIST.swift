extension IDXSource {
  /// Fashion-MNIST: 70,000 pictures of clothes, 28 by 28 pixels.
  public static let fashionMNIST = IDXSource(
    card: DatasetCard(
      name: "fashion-mnist",
      title: "Fashion-MNIST",
      credit: "H. Xiao, K. Rasul, R. Vollgraf (Zalando Research): Fashion-MNIST, 2017, "
        + "arXiv:1708.07747",
      license: "MIT, (c) 2017 Zalando SE",
      classNames: [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
      ],
      sampleShape: [1, 28, 28],
      trainCount: 60_000,
      testCount: 10_000,
      origin: .files,
      files: [
        fashionFile(
          "train-images-idx3-ubyte.gz", content: 47_040_016, download: 26_421_880,
          "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        fashionFile(
          "train-labels-idx1-ubyte.gz", content: 60_008, download: 29_515,
          "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        fashionFile(
          "t10k-images-idx3-ubyte.gz", content: 7_840_016, download: 4_422_102,
          "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        fashionFile(
          "t10k-labels-idx1-ubyte.gz", content: 10_008, download: 5_148,
          "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
      ]))

  private static func fashionFile(
    _ name: String, content: Int, download: Int, _ digest: String
  ) -> DatasetFile {
    DatasetFile(
      name: name, contentBytes: content, contentSHA256: digest, downloadBytes: download,
      mirrors: [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/\(name)",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/\(name)",
      ])
  }
}
