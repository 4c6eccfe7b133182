import Failures
import Foundation
import Images
import Robustness
import Tensors
import Testing

@Suite("Frost")
struct FrostTests {
  let image = Tensor.full(0.4, [3, 32, 32])

  @Test("a x + b f, of whichever picture, at every severity and size") func formula() throws {
    let constants = [
      (32, [(1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)]),
      (64, [(1, 0.3), (0.9, 0.4), (0.8, 0.45), (0.75, 0.5), (0.7, 0.55)]),
      (130, [(1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)]),
    ]
    let pictures = FrostPictures([
      FrostFolder.picture(level: 20, width: 7, height: 300),
      FrostFolder.picture(level: 100, width: 500, height: 400),
    ])
    for (side, pairs) in constants {
      for (severity, (a, b)) in zip(Severity.all, pairs) {
        let frost = Frost(severity: severity, pictures: pictures)
        for (picture, level) in [20.0, 100].enumerated() {
          let result = frost.corrupt(
            .full(0.4, [1, side, side]), picture: picture, top: 0, left: 1
          ).doubles
          let expected = (a * 102 + b * level).rounded(.down)
          #expect(result.allSatisfy { abs($0 * 255 - expected) < 1.01 })
        }
      }
    }
  }

  @Test("pictures and places are drawn by the sample's generator") func draws() throws {
    let pictures = FrostPictures(
      [10, 110, 210].map { FrostFolder.picture(level: $0, width: 200, height: 200) })
    let frost = try Frost(severity: Severity(5), pictures: pictures)
    let means = (0..<60).map { seed in
      Int((frost.corrupt(image, using: RandomGenerator(seed: seed)).mean().item * 255).rounded())
    }
    #expect(Set(means).count == 3)
    #expect(Set(means).allSatisfy { level in means.count { $0 == level } > 8 })

    let varied = try Frost(
      severity: Severity(5), pictures: FrostPictures([WeatherFixture.picture]))
    let pieces = (0..<20).map { varied.corrupt(image, using: RandomGenerator(seed: $0)).doubles }
    #expect(Set(pieces).count > 15)
  }

  @Test("a folder's JPEG and PNG files, by name, whatever else is there") func folder() throws {
    let folder = try FrostFolder([
      "b.JPEG": FrostFolder.picture(level: 200, width: 40, height: 40).encoded(quality: 95),
      "a.jpg": FrostFolder.picture(level: 100, width: 40, height: 40).encoded(quality: 95),
      "notes.txt": Array("no picture".utf8), "c.PNG": Array(try #require(Self.colours)),
    ])
    let frost = try Frost(severity: Severity(1), pictures: FrostPictures(folder: folder.url))
    for (picture, level) in [100.0, 200].enumerated() {
      let result = frost.corrupt(.zeros([1, 8, 8]), picture: picture, top: 0, left: 0).doubles
      #expect(result.allSatisfy { abs($0 * 255 - 0.2 * level) < 1.01 })
    }
    let result = frost.corrupt(.zeros([3, 8, 8]), picture: 2, top: 0, left: 0)
    for (channel, level) in [40.0, 20, 10].enumerated() {
      #expect(result[channel].doubles.allSatisfy { abs($0 * 255 - level) < 1.01 })
    }
  }

  /// A PNG file of 2 x 2 pixels of red 200, green 100, blue 50.
  private static let colours = Data(
    base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGM4"
      + "kWIERAwQCgAorgV5QuEn7gAAAABJRU5ErkJggg==")

  @Test("folders without pictures, and broken pictures, are refused") func refusals() throws {
    func kind(_ folder: URL) -> Failure.Kind? {
      #expect(throws: Failure.self) { try FrostPictures(folder: folder) }?.kind
    }
    #expect(kind(URL(fileURLWithPath: "/no/such/folder")) == .invalidOption)
    for (name, expected) in [
      ("a.gif", Failure.Kind.invalidOption), ("a.png", .unsuitable),
    ] {
      let folder = try FrostFolder([name: [1]])
      #expect(kind(folder.url) == expected)
    }
    let broken = try FrostFolder(["a.jpg": Array("no picture".utf8)])
    let error = #expect(throws: Failure.self) { try FrostPictures(folder: broken.url) }
    #expect(error?.kind == .unsuitable)
    #expect(error?.found.contains("a.jpg") == true)
  }

  @Test("by name it needs a folder, and 'all' has it with one") func catalog() throws {
    let error = #expect(throws: Failure.self) {
      try CorruptionCatalog.corruptions(named: "fog,frost")
    }
    #expect(error?.kind == .invalidOption)
    #expect(error?.remedy.contains("--frost-pictures") == true)

    let folder = try FrostFolder()
    let severity = try Severity(2)
    func names(_ list: String, _ folder: URL?) throws -> [String] {
      try CorruptionCatalog.corruptions(named: list, severities: [severity], frostPictures: folder)
        .map(\.name)
    }
    #expect(try names("frost,fog", folder.url) == ["frost", "fog"])
    let known = CorruptionCatalog.entries.map(\.name)
    #expect(try names("all", folder.url) == known)
    #expect(try names("all", nil) == known.filter { $0 != "frost" })
  }
}
