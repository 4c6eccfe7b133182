extension CIFARSource {
  /// CIFAR-100: 60,000 colour photographs of a hundred kinds of things, 32 by 32 pixels.
  ///
  /// Read from the official binary version; the classes are its fine labels. The digest is that of
  /// the archive; of the files in it the publisher gives none.
  public static let cifar100 = CIFARSource(
    card: DatasetCard(
      name: "cifar100",
      title: "CIFAR-100",
      credit: cifar10.card.credit,
      license: cifar10.card.license,
      classNames: fineLabels.split(whereSeparator: \.isWhitespace).map(String.init),
      sampleShape: [3, 32, 32],
      trainCount: 50_000,
      testCount: 10_000,
      origin: .files,
      files: [
        DatasetFile(name: "train.bin", contentBytes: 50_000 * 3074),
        DatasetFile(name: "test.bin", contentBytes: 10_000 * 3074),
      ],
      // SHA-256 as TensorFlow Datasets lists it.
      archive: DatasetArchive(
        name: "cifar-100-binary.tar.gz", bytes: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        mirrors: ["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
        folder: "cifar-100-binary", unpackedLimit: 190_000_000),
      // Of the 50,000 training images, rounded as they are usually quoted.
      channels: ChannelStatistics(
        mean: [0.5071, 0.4865, 0.4409], deviation: [0.2673, 0.2564, 0.2762])),
    labelBytes: 2)

  /// In the order of the archive's `fine_label_names.txt`.
  private static let fineLabels = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
    butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch
    crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo
    keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
    mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain
    plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
    skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone
    television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
    """
}
