import Datasets
import Failures
import Foundation
import Images
import TestSupport
import Testing

/// A JPEG file of one colour, or of one grey level.
func jpeg(_ level: [UInt8], width: Int = 8, height: Int = 8) -> [UInt8] {
  JPEGImage(
    width: width, height: height, channels: level.count,
    pixels: (0..<width * height).flatMap { _ in level }
  ).encoded(quality: 100)
}

@Suite("Folders of images")
struct ImageFolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(jpeg([250, 0, 0]), to: "train/red/b.jpg")
    try folder.write(jpeg([200, 0, 0]), to: "train/red/a.JPEG")
    try folder.write(jpeg([0, 0, 250]), to: "train/blue/x.jpeg")
    try folder.write(Array("notes".utf8), to: "train/blue/notes.txt")
    try folder.write(Array("hidden".utf8), to: "train/blue/.DS_Store")
    try folder.write(jpeg([99]), to: "test/red/z.jpg")
    try folder.write(jpeg([98]), to: "test/blue/z.jpg")
  }

  func load(_ folder: TemporaryFolder? = nil) throws -> Dataset {
    try DatasetCatalog.load("folder:\((folder ?? self.folder).url.path)")
  }

  @Test("classes are folders in the order of their names, images take turns")
  func layout() throws {
    let data = try load()
    #expect(data.card.classNames == ["blue", "red"])
    #expect(data.card.sampleShape == [3, 8, 8])
    #expect(data.card.trainCount == 3 && data.card.testCount == 2)
    #expect(data.train.labels == [0, 1, 1] && data.test.labels == [0, 1])
    let values = data.train.samples.values(at: 0..<3)
    // Blue; the darker red, a.JPEG, before b.jpg. JPEG is a level or two off.
    #expect(values[0] < 0.02 && values[128] > 0.97)
    #expect(abs(values[192] - 200 / 255) < 0.02 && values[192 + 64] < 0.02)
    #expect(abs(values[384] - 250 / 255) < 0.02)
  }

  @Test("grey files become three equal channels")
  func grey() throws {
    let values = try load().test.samples.values(at: [1])
    #expect(values.count == 192 && values.allSatisfy { abs($0 - 99 / 255) < 0.005 })
    #expect(values[..<64] == values[64..<128] && values[..<64] == values[128...])
  }

  @Test("planes, rows and columns are those of the decoded picture")
  func pixels() throws {
    let pixels: [UInt8] = (0..<24 * 16 * 3).map { UInt8($0 * 5 % 256) }
    let image = JPEGImage(width: 24, height: 16, channels: 3, pixels: pixels)
    let file = image.encoded(quality: 90)
    let other = try TemporaryFolder()
    try other.write(file, to: "train/a/1.jpg")
    try other.write(file, to: "val/a/2.jpg")
    let data = try load(other)
    #expect(data.card.sampleShape == [3, 16, 24])
    let decoded = try JPEGImage(decoding: file).pixels
    let values = data.train.samples.values(at: [0])
    for c in 0..<3 {
      for y in 0..<16 {
        for x in 0..<24 {
          #expect(values[(c * 16 + y) * 24 + x] == Float(decoded[(y * 24 + x) * 3 + c]) / 255)
        }
      }
    }
    #expect(data.test.samples == data.train.samples)
  }

  @Test("many files keep their places, and the first that is damaged is named")
  func many() throws {
    let other = try TemporaryFolder()
    for index in 0..<300 {
      try other.write(jpeg([UInt8(index % 256)]), to: String(format: "train/a/%03d.jpg", index))
    }
    try other.write(jpeg([1]), to: "test/a/0.jpg")
    let values = try load(other).train.samples.values(at: 0..<300)
    for index in 0..<300 {
      #expect(abs(values[192 * index] - Float(index % 256) / 255) < 0.005)
    }
    for index in [299, 140, 70] {
      try other.write([1, 2], to: String(format: "train/a/%03d.jpg", index))
      let message = message { _ = try load(other) }
      #expect(
        message.contains(
          String(format: "train/a/%03d.jpg: expected a JPEG, PNG or WebP image", index)))
    }
  }

  @Test("images of another size are named with both sizes")
  func sizes() throws {
    try folder.write(jpeg([1, 2, 3], width: 9, height: 8), to: "test/blue/wide.jpg")
    let message = message { _ = try load() }
    #expect(
      message.contains(
        "test/blue/wide.jpg: expected a JPEG, PNG or WebP image of 8 x 8 pixels, as "))
    #expect(message.contains("train/blue/x.jpeg is, found 9 x 8 pixels"), "\(message)")
  }

  @Test("what is missing is named")
  func missing() throws {
    let empty = try TemporaryFolder()
    #expect(
      message { _ = try load(empty) }.contains(
        "expected train/CLASS/*.jpg, .png or .webp, found no image")
    )
    try empty.write(jpeg([1]), to: "train/a/1.jpg")
    #expect(
      message { _ = try load(empty) }.contains(
        "expected test/CLASS/*.jpg, .png or .webp, or val/CLASS"))
    try empty.write([], to: "train/b/notes.txt")
    try empty.write(jpeg([1]), to: "test/a/1.jpg")
    #expect(
      message { _ = try load(empty) }.contains("images of every class, found none in train/b"))
    #expect(message { _ = try load(empty) }.contains("--set data.allowEmptyClasses=true"))
    try folder.write(jpeg([1]), to: "test/green/1.jpg")
    #expect(message { _ = try load() }.contains("one of the 2 classes of train, found \"green\""))
    #expect(
      message { _ = try DatasetCatalog.load("folder:/nowhere") }.contains("/nowhere: expected"))
  }

  /// An image in CMYK that Pillow wrote.
  static let cmyk = [UInt8](
    Data(
      base64Encoded: """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMc
        HCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgABQAHBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAAB
        AgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNi
        coIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SV
        lpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4E
        QwBNAFkASwAAPwCv9tN/otp4s1Zf7RuLl5RHaT4a3jAkMeSpB3t8rHJ4G7pkBqqeKdUn+H5uGs3kutQn2rPezt8x
        AxlUAHyIWGccnpknAw3SYorzxHJ4dtvMsbSC1M9xPAV+0XRVwo3yFeu6UnkEAZAABGJrGceI/E+sahq1vBeQ6csa
        R2s6b0Z5S3zkHg4CMMEH72eCor//2Q==
        """, options: .ignoreUnknownCharacters)!)

  @Test(
    "a whole picture that is not read says what it is and what to do",
    arguments: ["train/blue/a.jpg", "train/red/z.jpg"])
  func unread(name: String) throws {
    try folder.write(Self.cmyk, to: name)
    let failure = #expect(throws: Failure.self) { try load() }
    #expect(failure?.found == "a JPEG image in CMYK")
    #expect(failure?.remedy == "Convert it to RGB, in Pillow by image.convert('RGB').")
  }

  @Test("a first file that is no image is named")
  func noImage() throws {
    try folder.write(Array("text".utf8), to: "train/blue/a.jpg")
    let message = message { _ = try DatasetCatalog.source(named: "folder:\(folder.url.path)") }
    #expect(
      message.contains("train/blue/a.jpg: expected a JPEG, PNG or WebP image, found none of them"))
  }

  @Test("PNG files are images as JPEG files are, by their content")
  func pngFiles() throws {
    try folder.write(png([1, 2, 3]), to: "train/blue/a.png")
    try folder.write(png([77]), to: "train/red/c.PNG")
    try folder.write(png([5, 6, 7]), to: "test/blue/named.jpg")
    let data = try load()
    #expect(data.train.count == 5 && data.train.labels == [0, 1, 0, 1, 1])
    func levels(_ samples: LabelledSamples, _ index: Int) -> [Int] {
      let values: [Float] = samples.samples.values(at: [index])
      return [0, 64, 128].map { Int((values[$0] * 255).rounded()) }
    }
    #expect(levels(data.train, 0) == [1, 2, 3] && levels(data.train, 4) == [77, 77, 77])
    #expect(levels(data.test, 0) == [5, 6, 7])
    try folder.write(png([1], width: 9, height: 8), to: "train/red/d.png")
    #expect(message { _ = try load() }.contains("train/blue/a.png is, found 9 x 8 pixels"))
    try folder.write(Array(png([1]).dropLast(20)), to: "train/red/d.png")
    #expect(
      message { _ = try load() }.contains(
        "train/red/d.png: expected a JPEG, PNG or WebP image of 8"))
  }

  @Test("pictures in other formats are refused by name, also under the name of another")
  func foreign() throws {
    try folder.write(Array("GIF89a".utf8), to: "test/red/moving.gif")
    let named = message { _ = try load() }
    #expect(
      named.contains(
        "test/red/moving.gif: expected JPEG, PNG or WebP images, found a .gif file. Convert")
    )
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("test/red/moving.gif"))
    try folder.write(Array("II*\0".utf8), to: "test/red/y.jpg")
    #expect(message { _ = try load() }.contains("pixels, as "))
    #expect(message { _ = try load() }.contains("found a TIFF image. "))
    try folder.write([], to: "test/red/y.jpg")
    #expect(message { _ = try load() }.contains("found an empty file. "))
  }

  @Test("what is passed over is said in one sentence, but for what is of no account")
  func passedOver() throws {
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("train/blue/notes.txt"))
    try folder.write([1], to: "train/red/Thumbs.db")
    try folder.write([1], to: "test/red/desktop.ini")
    try folder.write([1], to: "train/red/red_boxes.txt")
    #expect(try load().notices.isEmpty)
    try folder.write([1], to: "test/blue/labels.csv")
    let one = try #require(try load().notices.first)
    #expect(one.contains("passed over 1 file or folder that is no image of a class, such as "))
    #expect(one.hasSuffix("test/blue/labels.csv"))
    // Beside an image in a folder of a class, and outside of a class.
    try folder.write([1], to: "train/red/more/notes.txt")
    try folder.write(jpeg([1]), to: "train/stray.jpg")
    let notices = try load().notices
    #expect(notices.count == 1 && notices[0].contains("passed over 3 files or folders that are"))
    let report = try DatasetCatalog.source(named: "folder:\(folder.url.path)")
      .verify(in: folder.locations)[0]
    #expect(report.isValid && report.file.name.contains("; 3 other files passed over, such as "))
  }

  @Test("images of a class may lie in folders of its own, as torchvision takes them")
  func nested() throws {
    try folder.write(jpeg([10]), to: "train/red/more/deep/0.jpg")
    try folder.write(jpeg([20]), to: "train/red/more/1.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.appendingPathComponent("test/red/self").path,
      withDestinationPath: folder.url.appendingPathComponent("train/blue").path)
    let data = try load()
    #expect(data.train.labels == [0, 1, 1, 1, 1])
    // a.JPEG and b.jpg of the class itself come first, then those of folders.
    let levels = data.train.samples.values(at: [3, 4]).map { Int(($0 * 255).rounded()) }
    #expect(levels[0] == 20 && levels[192] == 10)
    #expect(data.test.labels == [0, 1, 1])
  }

  @Test("a link that leads back comes to an end")
  func circle() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.appendingPathComponent("test/red/back").path,
      withDestinationPath: folder.url.appendingPathComponent("test/red").path)
    #expect(try load().test.labels == [0] + Array(repeating: 1, count: 9))
  }

  @Test("a flat folder has a table of classes")
  func table() throws {
    let flat = try TemporaryFolder()
    try flat.write(
      Array("id,file,label\n0,b.png,10\n1,a.jpg,9\n2,c.png,10\n".utf8), to: "train.csv")
    try flat.write(png([1, 2, 3]), to: "train/b.png")
    try flat.write(jpeg([99]), to: "train/a.jpg")
    try flat.write(png([4]), to: "train/c.png")
    try flat.write(png([4]), to: "train/unnamed.png")
    try flat.write(Array("b.png,9\n".utf8), to: "test/labels.csv")
    try flat.write(png([7]), to: "test/b.png")
    let data = try load(flat)
    #expect(data.card.classNames == ["9", "10"] && data.train.labels == [1, 0, 1])
    #expect(data.test.labels == [0])
    #expect(data.train.samples.values(at: [0])[128] == Float(3) / 255)
    #expect(data.notices.count == 1 && data.notices[0].hasSuffix("train/unnamed.png"))
    func refusal(_ text: String) throws -> String {
      try flat.write(Array(text.utf8), to: "test/labels.csv")
      return message { _ = try load(flat) }
    }
    #expect(
      try refusal("b.png,8\n").contains("one of the 2 classes of train, found \"8\" of b.png"))
    #expect(
      try refusal("../b.png,9\n").contains("labels.csv, line 1: expected a file in the folder"))
    #expect(try refusal("b.png,9\nb.png,9\n").contains("line 2: expected each file once"))
    #expect(try refusal("b.png,\n").contains("line 1: expected a file and a class"))
    #expect(try refusal("gone.png,9\n").contains("test/gone.png: expected a readable file"))
  }

  @Test("folders of mixed formats; of 16 bits none is lost")
  func mixed() throws {
    func fixture(_ name: String) throws -> [UInt8] {
      let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../ImagesTests/Fixtures/\(name)")
      return Array(try Data(contentsOf: place))
    }
    let mixed = try TemporaryFolder()
    try mixed.write(fixture("pillow-rgb.png"), to: "train/a/0.png")
    try mixed.write(fixture("pillow-lossless.webp"), to: "train/b/0.webp")
    try mixed.write(fixture("opencv.jpg"), to: "test/a/0.jpg")
    let data = try load(mixed)
    #expect(data.card.sampleShape == [3, 5, 7])
    #expect(data.train.samples.values(at: [0]) == data.train.samples.values(at: [1]))
    let before = data.train.samples.values(at: [0])
    try mixed.write(fixture("opencv-rgb16.png"), to: "train/b/1.png")
    let deep = try load(mixed).train.samples
    #expect(deep.values(at: [0]) == before && deep.values(at: [1]) == before)
    // 21001 of 65,535 at the start of the second plane.
    #expect(deep.values(at: [2])[35] == Float(21001) / 65535)
  }

  @Test("a folder in the place of an image is named")
  func folderForImage() throws {
    try folder.write([1], to: "train/blue/a.jpg/inner")
    let message = message { _ = try load() }
    #expect(
      message.hasSuffix(
        "train/blue/a.jpg: expected a file, found a folder or device. Put the file in its place, or "
          + "take it away."))
  }

  @Test(
    "classes of one name in other bytes are refused, in either part; one of each part is a pair")
  func equivalentNames() throws {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    try folder.write(jpeg([1]), to: "train/\(composed)/0.jpg")
    try folder.write(jpeg([1]), to: "test/\(decomposed)/0.jpg")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appendingPathComponent("test").path)
    #expect(try load().test.labels == [0, 1, 2])
    // Some file systems hold the two equal.
    guard names.contains(where: { Array($0.utf8) == Array(decomposed.utf8) }) else { return }
    try folder.write(jpeg([1]), to: "test/\(composed)/1.jpg")
    #expect(message { _ = try load() }.contains("two folders whose names are the same text"))
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("test/\(composed)"))
    try folder.write(jpeg([1]), to: "train/\(decomposed)/1.jpg")
    #expect(message { _ = try load() }.contains("expected classes of different names"))
  }

  @Test("a class without images can be allowed")
  func emptyClass() throws {
    try folder.write([1], to: "train/green/.keep")
    #expect(message { _ = try load() }.contains("found none in train/green"))
    let source = try DatasetCatalog.source(named: "folder:\(folder.url.path)")
    #expect(source.card.classNames == ["blue", "green", "red"])
    let data = try source.load(LoadOptions(allowsEmptyClasses: true))
    #expect(data.train.classCounts == [1, 0, 2])
    #expect(
      try source.verify(in: folder.locations)[0].file.name.contains(
        "1 of them empty, such as green"))
  }

  @Test("a relative path is that of the working directory, in full")
  func absoluteName() {
    let here = FileManager.default.currentDirectoryPath
    #expect(ImageFolderSource.absoluteName("folder:a/../pictures") == "folder:\(here)/pictures")
    #expect(ImageFolderSource.absoluteName("folder:/a/b/") == "folder:/a/b")
    #expect(ImageFolderSource.absoluteName("folder:~/x") == "folder:\(NSHomeDirectory())/x")
    #expect(ImageFolderSource.absoluteName("digits") == "digits")
  }

  @Test("verification reads all images")
  func verify() throws {
    let source = try DatasetCatalog.source(named: "folder:\(folder.url.path)")
    #expect(try source.verify(in: folder.locations).map(\.isValid) == [true])
    #expect(try source.folder(in: folder.locations)?.path == folder.url.path)
    try folder.write(Array(jpeg([1]).dropLast(20)), to: "test/red/z.jpg")
    let report = try source.verify(in: folder.locations)[0]
    guard case .invalid(let error) = report.status else {
      Issue.record("\(report)")
      return
    }
    #expect(error.kind == .malformed && error.location.hasSuffix("test/red/z.jpg"))
  }
}

@Suite("Tiny-ImageNet")
struct TinyImageNetTests {
  let folder: TemporaryFolder

  /// Two classes in the layout of Tiny-ImageNet.
  init() throws {
    folder = try TemporaryFolder()
    for (name, level) in [("n01443537", 10), ("n02124075", 200)] as [(String, UInt8)] {
      for index in 0..<2 {
        try folder.write(
          jpeg([level, 0, 0]), to: "part/train/\(name)/images/\(name)_\(index).JPEG")
      }
      try folder.write(
        Array("\(name)_0.JPEG\t0\t0\t1\t1\n".utf8), to: "part/train/\(name)/boxes.txt")
    }
    try folder.write(jpeg([200, 0, 0]), to: "part/val/images/val_0.JPEG")
    try folder.write(jpeg([10]), to: "part/val/images/val_1.JPEG")
    try folder.write(jpeg([1]), to: "part/test/images/test_0.JPEG")
    try folder.write(
      Array("val_0.JPEG\tn02124075\t0\t0\t1\t1\r\nval_1.JPEG\tn01443537\t0\t0\t1\t1\n".utf8),
      to: "part/val/val_annotations.txt")
    try folder.write(
      Array("n01443537\tgoldfish, Carassius auratus\nn02124075\tEgyptian cat\nn1\tx\n".utf8),
      to: "part/words.txt")
  }

  func load() throws -> Dataset { try DatasetCatalog.load("folder:\(folder.url.path)/part") }

  @Test("annotations label the validation part, words name the classes")
  func part() throws {
    let data = try load()
    #expect(data.train.labels == [0, 1, 0, 1])
    #expect(data.test.labels == [1, 0])
    #expect(data.card.classNames == ["goldfish", "Egyptian cat"])
    #expect(data.test.samples.values(at: [0])[0] > 0.7)
  }

  @Test("annotations may lie beside the parts, and words may be missing")
  func beside() throws {
    let part = folder.url.appendingPathComponent("part")
    try FileManager.default.moveItem(
      at: part.appendingPathComponent("val/val_annotations.txt"),
      to: part.appendingPathComponent("val_annotations20.txt"))
    try FileManager.default.removeItem(at: part.appendingPathComponent("words.txt"))
    let data = try load()
    #expect(data.test.labels == [1, 0])
    #expect(data.card.classNames == ["n01443537", "n02124075"])
    try folder.write(
      Array("n01443537\tcrane, bird\nn02124075\tcrane, machine\n".utf8), to: "part/wnids20.txt")
    #expect(try load().card.classNames == ["crane (n01443537)", "crane (n02124075)"])
  }

  @Test(
    "annotations that cannot be are refused with their line",
    arguments: [
      ("val_0.JPEG\n", "line 1: expected a file and a class"),
      ("val_0.JPEG\tn01443537\n\tn1\n", "line 2: expected a file and a class"),
      (
        "../val_0.JPEG\tn01443537\n", "line 1: expected the name of a file, found \"../val_0.JPEG\""
      ),
      ("..\tn01443537\n", "expected the name of a file"),
      ("a\tn01443537\t0\na\tn01443537\n", "line 2: expected each file once, found a again"),
      ("val_0.JPEG\tn9\n", "one of the 2 classes of train, found \"n9\" of val_0.JPEG"),
      ("gone.JPEG\tn01443537\n", "gone.JPEG: expected a readable file"),
      ("", "expected test/CLASS/*.jpg, .png or .webp, or val/CLASS/*, found no image"),
    ])
  func annotations(text: String, expected: String) throws {
    try folder.write(Array(text.utf8), to: "part/val/val_annotations.txt")
    let message = message { _ = try load() }
    #expect(message.contains(expected), "\(message)")
  }

  @Test("two hundred classes are Tiny-ImageNet, fewer are a folder")
  func classes() throws {
    let source = TinyImageNetSource()
    #expect(source.card.classNames == source.card.classNames.sorted())
    #expect(
      message { _ = try source.load(LoadOptions(locations: folder.locations)) }
        .contains("basin data fetch tiny-imagenet"))
    let place = "tiny-imagenet/tiny-imagenet-200"
    let image = jpeg([50, 100, 150], width: 64, height: 64)
    for name in source.card.classNames {
      try folder.write(image, to: "\(place)/train/\(name)/images/\(name)_0.JPEG")
    }
    let names = source.card.classNames
    func lines(_ names: some Collection<String>) -> String {
      names.enumerated().map { "val_\($0).JPEG\t\($1)\t0\t0\t1\t1\n" }.joined()
    }
    for index in names.indices {
      try folder.write(image, to: "\(place)/val/images/val_\(index).JPEG")
    }
    try folder.write(Array(lines(names).utf8), to: "\(place)/val/val_annotations.txt")
    let data = try source.load(LoadOptions(locations: folder.locations))
    #expect(data.train.labels == Array(0..<200) && data.test.labels == Array(0..<200))
    #expect(data.card.trainCount == 200 && data.card.sampleShape == [3, 64, 64])
    #expect(try source.folder(in: folder.locations)?.path.hasSuffix(place) == true)
    #expect(try source.verify(in: folder.locations).map(\.isValid) == [true])

    try folder.write(Array(lines(names.dropFirst()).utf8), to: "\(place)/val/val_annotations.txt")
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("\(place)/train/\(names[0])"))
    let message = message { _ = try source.load(LoadOptions(locations: folder.locations)) }
    #expect(message.contains("expected 200 classes, found 199"), "\(message)")
    #expect(message.contains("--data folder:"))
  }
}
