import Datasets
import TestSupport
import Testing

@Suite("DatasetCatalog")
struct DatasetCatalogTests {
  @Test("names are unique, and cards are consistent")
  func cards() throws {
    let cards = DatasetCatalog.sources.map(\.card)
    #expect(
      cards.map(\.name) == [
        "digits", "toy-2d", "mnist", "fashion-mnist", "cifar10", "cifar100", "svhn",
        "tiny-imagenet",
      ])
    for card in cards {
      #expect(card.classNames.count == Set(card.classNames).count)
      #expect(!card.credit.isEmpty && !card.license.isEmpty)
      #expect(card.files.isEmpty == (card.origin == .generated || card.name == "tiny-imagenet"))
      // What is downloaded has a digest; the files in an archive need not.
      for file in card.origin == .embedded ? card.files : card.downloads {
        let digest = try #require(file.contentSHA256)
        #expect(digest.count == 64 && digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(file.mirrors.isEmpty == (card.origin == .embedded))
        #expect(file.mirrors.allSatisfy { $0.hasSuffix("/" + file.name) })
      }
      if let archive = card.archive {
        #expect(archive.unpackedLimit > card.files.reduce(0) { $0 + $1.contentBytes })
        #expect(archive.file.acceptedNames == [archive.file.name])
      }
    }
  }

  @Test("an unknown name is refused with the known ones")
  func unknown() {
    #expect(
      message { _ = try DatasetCatalog.load("mnsit") }
        == "data set: expected one of digits, toy-2d, mnist, fashion-mnist, cifar10, "
        + "cifar100, svhn, tiny-imagenet, found \"mnsit\". `basin data list` describes each of them; "
        + "folder:PATH and arrays:TRAIN,TEST take data of your own.")
  }

  @Test("loads by name")
  func load() throws {
    #expect(try DatasetCatalog.load("digits").train.count == 1437)
    #expect(try DatasetCatalog.load("toy-2d").card.sampleShape == [2])
  }
}
