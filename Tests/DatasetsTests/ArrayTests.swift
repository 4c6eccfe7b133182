import Failures
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("Arrays and tables of the user's")
struct ArrayTests {
  private static let golden = Golden.folder.appending(path: "arrays").path

  private func load(_ name: String) throws(Failure) -> Dataset {
    try DatasetCatalog.load(name.replacing("GOLDEN", with: Self.golden))
  }

  /// Files of a test's own.
  private func folder(_ files: [String: String]) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "arrays-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    return folder
  }

  @Test("Every way of writing the same images is read as the same numbers")
  func sameImages() throws {
    let grey = try load("arrays:GOLDEN/grey.npz,GOLDEN/grey.npz")
    #expect(grey.card.sampleShape == [1, 8, 8] && grey.train.count == 12)
    #expect(grey.train.labels == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    #expect(grey.card.classNames == ["0", "1", "2"] && grey.card.features == nil)
    let pixels = grey.train.batch(0..<12).inputs
    #expect(pixels.max().item <= 1 && pixels.max().item > 0.9)
    let half = try load(
      "arrays:GOLDEN/half.npy,GOLDEN/labels.npy,GOLDEN/half.npy,GOLDEN/labels.npy")
    #expect((half.test.batch(0..<12).inputs - pixels).magnitude.max().item < 1e-3)
    let big = try load("arrays:GOLDEN/big-endian.npz,GOLDEN/big-endian.npz")
    #expect((big.test.batch(0..<12).inputs - pixels).magnitude.max().item < 1e-6)
    #expect(big.test.labels == grey.test.labels)
    let both = try load("arrays:GOLDEN/both.npz")
    #expect(both.train == grey.train && both.test.count == 6)
    #expect(both.test.labels == [0, 0, 1, 1, 2, 2])
    let last = try load("arrays:GOLDEN/channels-last.npz,layout=nhwc")
    let first = try load("arrays:GOLDEN/channels-first.safetensors,layout=nchw")
    #expect(last.card.sampleShape == [3, 8, 8] && last.train.count == 0)
    #expect(last.test.samples == first.test.samples && last.test.labels == first.test.labels)
    let red = last.test.batch(0..<12).inputs.sliced(0..<1, along: 1)
    #expect((red - pixels).magnitude.max().item == 0)
  }

  /// An array as numpy.save writes it.
  private func npy(_ type: String, _ shape: String, _ elements: [UInt8]) -> [UInt8] {
    let header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }".utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + elements
  }

  /// What is given, and what is said of it; IMAGES is a usable file of two images, LABELS of two labels.
  @Test(
    "What cannot be data has one right line",
    arguments: [
      ("arrays:IMAGES,names.npy", "found texts ('<U1'). Of names, give numbers: numpy.unique("),
      ("arrays:IMAGES,large.npy", "found 2000000000 of sample 1. Number the classes from 0 on"),
      ("arrays:IMAGES,half.npy", "found 0.5 of sample 0. Labels are classes here, no quantities"),
      ("arrays:complex.npy,LABELS", "found complex numbers ('<c8'). Give real numbers, such as"),
      (
        "arrays:empty.npz",
        "empty.npz: expected an .npz, .npy, .safetensors or .csv file, found an empty"
      ),
      (
        "arrays:batch",
        "batch: expected an .npz, .npy, .safetensors or .csv file, found a Python pickle."
      ),
      ("arrays:batch4", "found a Python pickle. A pickle runs whatever it says when it is opened"),
      ("arrays:IMAGES,LABELS,layuot=nhw", "found layuot=nhw. Did you mean layout=?"),
      (
        "arrays:IMAGES,LABELS,q=1",
        "expected files, and options images=, labels=, layout=, units= behind them, found q=1"
      ),
      ("arrays:IMAGES,LABELS,layout=hwc", "expected layout nchw, nhwc, nhw, vectors, found hwc"),
      ("arrays:latin.csv", "latin.csv, line 2: expected a table in UTF-8, found byte 233"),
    ])
  func oneLine(name: String, line: String) throws {
    let folder = try folder(["empty.npz": ""])
    defer { try? FileManager.default.removeItem(at: folder) }
    let files: [(String, [UInt8])] = [
      ("images.npy", npy("|u1", "2, 2, 2", Array(0..<8))),
      ("labels.npy", npy("|u1", "2,", [0, 1])),
      ("names.npy", npy("<U1", "2,", Array("a\0\0\0b\0\0\0".utf8))),
      ("large.npy", npy("<i4", "2,", [0, 0, 0, 0, 0, 0x94, 0x35, 0x77])),
      ("half.npy", npy("<f4", "2,", [0, 0, 0, 0x3F, 0, 0, 0, 0])),
      ("complex.npy", npy("<c8", "2, 1, 1", Array(repeating: 0, count: 16))),
      ("batch", [0x80, 2, 0x7D, 0x71]), ("batch4", [0x80, 4, 0x95, 0, 0]),
      ("latin.csv", Array("size,label\n1,caf".utf8) + [0xE9, 0x0A]),
    ]
    for (name, bytes) in files {
      try Data(bytes).write(to: folder.appendingPathComponent(name))
    }
    let place = folder.path + "/"
    let full = name.replacing("IMAGES", with: "images.npy").replacing("LABELS", with: "labels.npy")
      .dropFirst(7).split(separator: ",").map { $0.contains("=") ? "\($0)" : place + $0 }
    let said = message { _ = try load("arrays:" + full.joined(separator: ",")) }
    #expect(said.contains(line) && !said.contains("\n"), "\(said)")
  }

  @Test("That one file is learnt from and tested on is said")
  func sameFile() throws {
    let same = try load("arrays:GOLDEN/grey.npz,GOLDEN/../arrays/grey.npz")
    #expect(same.notices.count == 1)
    #expect(same.notices[0].contains("grey.npz is both what is learnt and what is tested"))
    #expect(try load("arrays:GOLDEN/both.npz").notices.isEmpty)
  }

  @Test(
    "Features of a table become shares of their range, and statistics are of what is learnt from")
  func table() throws {
    let iris = try load("arrays:GOLDEN/iris-train.csv,GOLDEN/iris-test.csv,labels=species")
    #expect(iris.card.classNames == ["setosa", "versicolor", "virginica"])
    #expect(iris.train.count == 120 && iris.test.count == 30 && iris.card.sampleShape == [4])
    let features = try #require(iris.card.features)
    #expect(features[0].name == "sepal length (cm)")
    #expect((features[0].least, features[0].most) == (4.3, 7.9))
    let all = Tensor.concatenated([iris.train, iris.test].map { $0.batch(0..<$0.count).inputs })
    #expect(all.min(along: 0).doubles == [0, 0, 0, 0])
    #expect(all.max(along: 0).doubles == [1, 1, 1, 1])
    let train = iris.train.batch(0..<120).inputs.to(.float64)
    let channels = try #require(iris.card.channels)
    #expect((train.mean(along: 0) - Tensor(channels.mean)).magnitude.max().item < 1e-9)
    // The first row of the file, back in its own units.
    let text = try String(contentsOfFile: Self.golden + "/iris-train.csv", encoding: .utf8)
    let row = text.split(whereSeparator: \.isNewline)[1].split(separator: ",")
    for (place, feature) in features.enumerated() {
      let value = feature.least + train[0].doubles[place] * feature.extent
      #expect(abs(value - Double(row[place])!) < 1e-5)
    }
    let last = try load("arrays:GOLDEN/tumours-train.csv,GOLDEN/tumours-test.csv")
    #expect(last.card.sampleShape == [30] && last.card.classNames == ["benign", "malignant"])
  }

  @Test("A budget is the same number of units of every feature, in boxes that hold all samples")
  func units() throws {
    let name = "arrays:GOLDEN/iris-train.csv,GOLDEN/iris-test.csv,labels=species"
    let ranges = try #require(try load(name).card.features)
    let iris = try load("\(name),units=deviation")
    let features = try #require(iris.card.features)
    // In its own units each feature of what is learnt from has a deviation of 1 / N.
    let train = iris.train.batch(0..<120).inputs.to(.float64)
    let deviations = (train - train.mean(along: 0)).squared.mean(along: 0).squareRoot.doubles
    let count = features[0].unitCount.rounded()
    for (feature, deviation) in zip(features, deviations) {
      #expect(abs(feature.unitCount - count) < 1e-9)
      #expect(abs(deviation * count - 1) < 1e-5)
    }
    // N is the least of 1, 2, 5, 10, ... that holds all: half of it would not.
    #expect(count == 10)
    for (feature, range) in zip(features, ranges) {
      #expect(feature.least <= range.least && feature.most >= range.most)
    }
    let widest = zip(features, ranges).map { $1.extent / $0.unit! }.max()!
    #expect(widest > 5 && widest <= 10)
    #expect(
      features.budgetNote(ofData: iris.card.name)?.contains("a budget of 1 is 10 units") == true)

    let given = try load("\(name),units=1/0.5/2/4")
    let boxes = try #require(given.card.features)
    #expect(boxes.map(\.unit) == [1, 0.5, 2, 4])
    #expect(boxes.allSatisfy { abs($0.extent / $0.unit! - 5) < 1e-12 })
    #expect(try load("\(name),units=range").card.features == ranges)
    for (units, part) in [
      ("", "units: expected range, deviation or a number for each feature as 0.1/2/5, found ''"),
      ("0/1/1/1", "found '0/1/1/1'. Units are numbers above 0"), ("nan/1/1/1", "found 'nan/1/1/1'"),
      ("1e300/1/1/1", "expected units that leave every feature at least 1/10000 of its box"),
      ("1/2", "units: expected one for each of 4 features"),
    ] {
      let said = message { _ = try load("\(name),units=\(units)") }
      #expect(said.contains(part), "\(said)")
    }
    #expect(
      DatasetCatalog.absoluteName("arrays:/a.csv,units=1/0.5") == "arrays:/a.csv,units=1.0/0.5")
  }

  @Test("Rows are put into the boxes of features that are found by name or by place")
  func rows() throws {
    let features = [
      DatasetFeature(name: "a", least: 0, most: 10), .init(name: "b", least: -1, most: 1),
    ]
    func rows(_ text: String) throws(Failure) -> FeatureTable {
      try FeatureTable(Array(text.utf8), path: "t.csv", features: features)
    }
    let named = try rows("b,label,a\n1,x,5\n0,y,20\n")
    #expect(named.samples.doubles == [0.5, 1, 2, 0.5] && named.outsideCount == 1)
    #expect(try rows("5,1\n").samples.doubles == [0.5, 1])
    for (text, part) in [
      ("b,c\n1,2\n", "expected a column a, found b, c"),
      ("1,2,3\n", "expected 2 features, found 3"),
      ("a,b\n1,\n", "line 2: expected a number in column b"), ("a,b\n1,nan\n", "found 'nan'"),
    ] {
      let error = #expect(throws: Failure.self) { try rows(text) }
      #expect("\(try #require(error))".contains(part))
    }
  }

  @Test("Tables without names, of semicolons, with quotation marks and without a last line break")
  func dialects() throws {
    let folder = try folder([
      "a.csv": "1,2,0\n3,4,1\n5,2,0\n", "b.csv": "1;2;0\r\n3;4;1\r\n5;2;0",
      "c.csv":
        "\u{FEFF}\"x, the \"\"first\"\"\",y,class\n 1 ,2,no\n\n3,4,\"yes, it\nis\"\n5,2,no\n",
      "d.csv": "class\tx\ty\n0\t1\t2\n1\t3\t4\n0\t5\t2\n",
    ])
    let plain = try load("arrays:\(folder.path)/a.csv")
    for name in ["b.csv", "c.csv", "d.csv"] {
      let other = try load("arrays:\(folder.path)/\(name)")
      #expect(other.test.samples == plain.test.samples, "\(name)")
      #expect(other.test.labels == plain.test.labels, "\(name)")
    }
    let quoted = try load("arrays:\(folder.path)/c.csv")
    #expect(quoted.card.features?.map(\.name) == ["x, the \"first\"", "y"])
    #expect(quoted.card.classNames == ["no", "yes, it\nis"])
  }

  @Test(
    "What is wrong is said in one line, with its place",
    arguments: [
      ("a,class\n1,x\n2,y,3\n", "t.csv, line 3: expected 2 fields as in line 1, found 3."),
      ("a,class\n1,x\n,y\n", "t.csv, line 3: expected a number in column a, found nothing."),
      ("a,class\n1,x\nnan,y\n", "t.csv, line 3: expected a number in column a, found 'nan'."),
      ("a,class\n1,x\ntall,y\n", "t.csv, line 3: expected a number in column a, found 'tall'."),
      ("a,class\n1,x\n2,x\n", "expected samples of two classes or more, found one class (x)."),
      ("a,class\n1,1\n2,2\n", "expected class numbers from 0 on, found labels from 1 to 2."),
      (
        "a,class\n1,0\n2,2\n", "expected samples of every class from 0 to 2, found none of class 1."
      ),
      ("a,class\n1,0\n2,0.5\n", "t.csv, line 3: expected class numbers 0, 1, ... or names in"),
      ("0,1,class\n1,2,0\n3,4,1\n", "t.csv, line 1: expected a line of names without numbers, or"),
      ("a,class\n0x1p3,x\n2,y\n", "t.csv, line 2: expected a number in column a, found '0x1p3'."),
      ("a,class\n1,x\n2,\n", "t.csv, line 3: expected a label in column class, found nothing."),
      ("a,class\n1,\"x\n", "t.csv, line 2: expected a closing quotation mark"),
      ("a\n1\n", "expected a table of two columns and more, found one column."),
      ("1 2 0\n3 4 1\n", "found one column. Put commas, semicolons or tabulators between"),
      (
        ",a,class\n0,1,x\n1,2,y\n",
        "t.csv, line 1: expected a name of column 1, found none, as pandas"
      ),
      ("a;class\n1,5;x\n2,5;y\n", "found '1,5'. Write decimals with a point: 1.5."),
      ("a,class\n", "expected rows below the names, found none."),
      ("", "expected a table of two columns and more, found nothing."),
      ("{\\rtf1}", "found one column."),
    ])
  func mistakes(text: String, message: String) throws {
    let folder = try folder(["t.csv": text])
    let error = try #require(throws: Failure.self) { try load("arrays:\(folder.path)/t.csv") }
    #expect(error.kind == .malformed)
    #expect("\(error)".contains(message), "\(error)")
    #expect(!"\(error)".contains("\n"))
  }

  @Test("Both tables name their columns alike, or one of them not at all")
  func columns() throws {
    let folder = try folder([
      "train.csv": "a,b,class\n1,2,x\n3,4,y\n", "swapped.csv": "b,a,class\n2,1,x\n4,3,y\n",
      "other.csv": "a,c,class\n1,2,x\n3,4,y\n", "bare.csv": "1,2,x\n3,4,y\n",
    ])
    for (name, message) in [
      ("swapped.csv", "the 1. a, found b. Name and order the columns of both files alike."),
      ("other.csv", "the 2. b, found c. Name and order the columns of both files alike."),
    ] {
      let error = try #require(throws: Failure.self) {
        try load("arrays:\(folder.path)/train.csv,\(folder.path)/\(name)")
      }
      #expect(error.kind == .malformed)
      #expect("\(error)".contains(message), "\(error)")
    }
    let bare = try load("arrays:\(folder.path)/train.csv,\(folder.path)/bare.csv")
    #expect(bare.test.count == 2)
  }

  @Test(
    "Names that cannot be, files that are not there, arrays that do not fit",
    arguments: [
      ("arrays:", "expected file names between commas"),
      ("arrays:a.csv,,b.csv", "expected file names between commas"),
      ("arrays:a.csv,b.csv,c.csv", "expected one or two files"),
      ("arrays:a.npy", "expected one or two files"),
      ("arrays:a.csv,layout=wide", "expected layout nchw, nhwc, nhw, vectors, found wide"),
      ("arrays:nowhere.csv", "nowhere.csv: expected a file of arrays or a table, found none."),
      (
        "arrays:GOLDEN/channels-last.npz",
        "expected a layout, found samples of shape [12, 8, 8, 3]."
      ),
      ("arrays:GOLDEN/grey.npz,layout=nchw", "expected 4 axes for layout nchw"),
      (
        "arrays:GOLDEN/grey.npz,images=pictures",
        "expected an array of samples: pictures, found images"
      ),
      ("arrays:GOLDEN/iris-train.csv,labels=kind", "expected a column kind of labels"),
      ("arrays:GOLDEN/iris-train.csv,GOLDEN/grey.npz", "expected samples of shape [4]"),
      ("arrays:GOLDEN/../traced.pt", "expected an archive of NumPy arrays (.npz), found one with"),
    ])
  func names(name: String, message: String) throws {
    let error = try #require(throws: Failure.self) { try load(name) }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test("Pixels and labels that are none")
  func content() throws {
    let folder = try folder([:])
    func error(_ images: Tensor, _ labels: Tensor) throws -> String {
      let path = folder.appendingPathComponent("x.safetensors").path
      try SafeTensors(["images": images, "labels": labels]).write(to: path)
      return "\(try #require(throws: Failure.self) { try load("arrays:\(path)") })"
    }
    let pixels = Tensor.zeros([2, 2, 2])
    let labels = Tensor([0, 1] as [Int64])
    #expect(try error(pixels - 0.5, labels).contains("They look normalised"))
    #expect(try error(pixels + 200, labels).contains("found 200.0 in sample 0"))
    #expect(try error(pixels + .nan, labels).contains("are no numbers"))
    #expect(try error((pixels + 300).to(.int64), labels).contains("from 300 to 300"))
    #expect(try error(pixels, Tensor([0, 1, 2] as [Int64])).contains("one label for each of 2"))
    #expect(try error(pixels, Tensor([0, 0.5])).contains("found 0.5 of sample 1"))
    #expect(try error(pixels, Tensor.zeros([2, 2])).contains("labels.argmax(1)"))
    let vectors = Tensor([0, 1, .infinity, 2], shape: [2, 2])
    #expect(try error(vectors, labels).contains("an infinite one or NaN in sample 1"))
    // The labels of a test part are those of the training part.
    let train = folder.appendingPathComponent("train.safetensors").path
    try SafeTensors(["images": pixels, "labels": labels]).write(to: train)
    let test = folder.appendingPathComponent("test.safetensors").path
    try SafeTensors(["images": pixels, "labels": Tensor([0, 7] as [Int64])]).write(to: test)
    let odd = try #require(throws: Failure.self) { try load("arrays:\(train),\(test)") }
    #expect("\(odd)".contains("classes (0, 1), found 7 of sample 1."))
  }

  @Test("A name is stored with absolute paths, its options kept")
  func absolute() {
    let here = FileManager.default.currentDirectoryPath
    #expect(
      DatasetCatalog.absoluteName("arrays:a/../t.csv,/x/u.csv,labels=k")
        == "arrays:\(here)/t.csv,/x/u.csv,labels=k")
    #expect(DatasetCatalog.places(named: "arrays:/x/u.csv").map(\.path) == ["/x/u.csv"])
  }
}
