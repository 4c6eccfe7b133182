import Datasets
import Testing

@Suite("DatasetCatalog")
struct DatasetCatalogTests {
  @Test("names are unique, and cards are consistent")
  func cards() {
    let cards = DatasetCatalog.sources.map(\.card)
    #expect(cards.map(\.name) == ["digits", "toy-2d", "mnist", "fashion-mnist", "cifar10"])
    for card in cards {
      #expect(card.classNames.count == Set(card.classNames).count)
      #expect(!card.credit.isEmpty && !card.license.isEmpty)
      #expect(card.files.isEmpty == (card.origin == .generated))
      for file in card.files {
        // An archive's files have no digest of their own, and are not fetched one by one.
        #expect((file.contentSHA256 == nil) == (card.archiveFolder != nil))
        #expect(file.contentSHA256?.allSatisfy { $0.isHexDigit && !$0.isUppercase } ?? true)
        #expect(file.contentSHA256.map { $0.count == 64 } ?? true)
        #expect(
          file.mirrors.isEmpty == (card.origin == .embedded || card.archiveFolder != nil))
      }
    }
  }

  @Test("an unknown name is refused with the known ones")
  func unknown() {
    #expect(
      message { _ = try DatasetCatalog.load("mnsit") }
        == "data set: expected one of digits, toy-2d, mnist, fashion-mnist, cifar10, found \"mnsit\". "
        + "`basin data list` describes each of them.")
  }

  @Test("loads by name")
  func load() throws {
    #expect(try DatasetCatalog.load("digits").train.count == 1437)
    #expect(try DatasetCatalog.load("toy-2d").card.sampleShape == [2])
  }
}
