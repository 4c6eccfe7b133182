import Datasets
import TestSupport
import Testing

@Suite("Digits")
struct DigitsTests {
  @Test("holds the 1797 digits of scikit-learn")
  func all() throws {
    let digits = try Digits().all()
    #expect(digits.count == 1797)
    #expect(digits.classCounts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    #expect(digits.labels.prefix(10) == Array(0...9)[...])
    #expect(digits.sampleShape == [1, 8, 8])
    // The first row of the first image, as scikit-learn prints it.
    let row: [Float] = [0, 0, 5, 13, 9, 1, 0, 0]
    #expect(digits.samples.values(at: [0]).prefix(8).map { $0 * 16 } == row)
  }

  @Test("every split is disjoint and complete", arguments: [0, 1, 77] as [UInt64], [0, 0.1, 0.5])
  func split(seed: UInt64, validationFraction: Double) throws {
    let dataset = try Digits().load(
      LoadOptions(dataSeed: seed, validationFraction: validationFraction))
    let heldOut = Int((1437 * validationFraction).rounded())
    #expect(dataset.train.count == 1437 - heldOut)
    #expect(dataset.validation?.count ?? 0 == heldOut)
    #expect(dataset.test.count == 360)
    // The digits are pairwise different images, so images identify samples.
    let parts = [dataset.train, dataset.validation, dataset.test].compactMap { $0 }
    let images = parts.flatMap { part in (0..<part.count).map { part.samples.values(at: [$0]) } }
    #expect(Set(images).count == 1797)
    let whole = try Digits().all()
    #expect(Set(images) == Set((0..<1797).map { whole.samples.values(at: [$0]) }))
  }

  @Test("the test part depends on the data seed only")
  func testPart() throws {
    let plain = try Digits().load(LoadOptions())
    let validated = try Digits().load(LoadOptions(validationFraction: 0.2))
    #expect(plain.test == validated.test)
    #expect(plain.test != (try Digits().load(LoadOptions(dataSeed: 1)).test))
    #expect(plain.validation == nil)
  }

  /// The expected digest was computed by a second implementation, in Python.
  @Test("the split never changes between versions of Basin: figures are compared by it")
  func pinned() throws {
    let dataset = try Digits().load(LoadOptions())
    #expect(
      dataset.test.sha256()
        == "1f6d6380606a0bd4f1decb71754cfb7fbbac6dd5569785912c43c14236d1f9b2")
  }

  @Test("pixels are sixteenths in [0, 1]")
  func pixels() throws {
    let digits = try Digits().all()
    let values = Set(digits.samples.values(at: 0..<digits.count))
    #expect(values == Set((0...16).map { Float($0) / 16 }))
  }

  @Test(
    "a validation fraction out of range is refused",
    arguments: [
      (-0.1, "expected a number from 0 to below 1, found -0.1"),
      (1, "expected a number from 0 to below 1, found 1.0"),
      (.nan, "expected a number from 0 to below 1, found nan"),
      (0.9999, "expected a share that leaves samples on both sides of 1437, found 0.9999"),
      (0.0001, "expected a share that leaves samples on both sides of 1437, found 0.0001"),
    ])
  func fraction(fraction: Double, expected: String) {
    let message = message { _ = try Digits().load(LoadOptions(validationFraction: fraction)) }
    #expect(message.contains("validation fraction: " + expected), "\(message)")
  }
}
