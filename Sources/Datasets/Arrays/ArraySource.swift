import Failures
import Files
import Foundation
import Tensors

/// Images or tables of the user's in files of arrays: `arrays:TRAIN,TEST` in the place of a data set's
/// name, with options behind (`ArrayNames`).
///
/// Images are kept as pixels in [0, 1]. The features of a table become numbers in [0, 1] by their own
/// range over both parts, so that a budget is a share of each feature's range; models standardise them
/// inside, by the card's statistics of the training part.
public struct ArraySource: DatasetSource {
  public let card: DatasetCard
  private let train: LabelledSamples?
  private let test: LabelledSamples
  private let folder: URL
  private let notices: [String]

  /// Reads all files.
  ///
  /// - Parameter name: `arrays:...`.
  /// - Throws: `Failure`.
  public init(name: String) throws(Failure) {
    let names = try ArrayNames(name)
    let parts = try Self.parts(names)
    let layout = try ArrayLayout(of: parts.test, names.layout)
    let shape = layout.shape
    if let train = parts.train {
      let other = try ArrayLayout(of: train, names.layout).shape
      guard other == shape else {
        throw Failure(
          .malformed, at: parts.test.path,
          expected: "samples of shape \(other), as to learn from",
          found: "\(shape)", remedy: "Give two parts of the same data set.")
      }
      try Self.requireSameFeatures(train, parts.test)
    }
    let classes = try ArrayClasses(of: parts.train ?? parts.test)
    let ranges =
      layout.isTable
      ? try FeatureRanges(
        [parts.train, parts.test].compactMap { $0 }, in: names.units ?? .range) : nil
    if let units = names.units, !layout.isTable {
      throw Failure(
        .invalidOption, at: "units", expected: "a table, whose features have units",
        found: "images in units \(units)", remedy: "Leave `,units=` out: a budget is one of pixels."
      )
    }
    func samples(_ part: ArrayPart) throws(Failure) -> LabelledSamples {
      let samples = if let ranges { ranges.samples(of: part) } else { try layout.pixels(of: part) }
      return try LabelledSamples(
        samples: samples,
        labels: classes.labels(of: part), classNames: classes.names, location: part.path)
    }
    test = try samples(parts.test)
    train = if let part = parts.train { try samples(part) } else { nil }
    folder = URL(fileURLWithPath: names.paths[0]).deletingLastPathComponent()
    notices =
      names.commonFile.map {
        [
          "\($0.echoed(limit: 1000)) is both what is learnt and what is tested: the figures say nothing of other samples"
        ]
      } ?? []
    card = DatasetCard(
      name: name,
      title: URL(fileURLWithPath: names.paths[0]).deletingPathExtension().lastPathComponent,
      credit: "samples of \(names.paths.joined(separator: ", "))",
      license: "that of the samples",
      classNames: classes.names, sampleShape: shape, trainCount: train?.count ?? 0,
      testCount: test.count, origin: .files,
      channels: layout.isTable ? FeatureRanges.statistics(of: train ?? test) : nil,
      features: ranges?.features)
  }

  /// Columns are taken by their place, so that where both tables name them the names have to agree.
  private static func requireSameFeatures(
    _ train: ArrayPart, _ test: ArrayPart
  ) throws(Failure) {
    guard let names = train.features, let others = test.features,
      let (place, (name, other)) = zip(names, others).enumerated().first(where: { $1.0 != $1.1 })
    else { return }
    throw Failure(
      .malformed, at: test.path,
      expected:
        "the features of \(train.path) in the same order, the \(place + 1). \(name.echoed())",
      found: other.echoed(), remedy: "Name and order the columns of both files alike.")
  }

  /// Both parts; no training part where one file is all that there is.
  private static func parts(
    _ names: ArrayNames
  ) throws(Failure) -> (train: ArrayPart?, test: ArrayPart) {
    func content(_ path: String) throws(Failure) -> [UInt8] {
      guard FileManager.default.fileExists(atPath: path) else {
        throw Failure(
          .missing, at: path, expected: "a file of arrays or a table", found: "none",
          remedy: "Check the path.")
      }
      return try RegularFile(path).content()
    }
    func part(_ files: [String]) throws(Failure) -> ArrayPart {
      if files.count == 2 {
        func array(_ path: String, _ name: String) throws(Failure) -> Tensor {
          let file = try StoredArrays(content(path), path: path, only: name)
          return try file.array(named: name, or: [], of: name, option: name, part: nil)
        }
        return try ArrayPart(
          samples: array(files[0], "images"), labels: array(files[1], "labels"), path: files[0])
      }
      let (path, bytes) = (files[0], try content(files[0]))
      if DelimitedTable.isNamed(path) {
        return try ArrayPart(DelimitedTable(bytes, path: path), names, path: path)
      }
      return try ArrayPart(StoredArrays(bytes, path: path, only: "images"), names)
    }
    let files = names.parts
    if files.count == 2 { return (try part(files[0]), try part(files[1])) }
    let (path, bytes) = (files[0][0], try content(files[0][0]))
    if files[0].count == 1, !DelimitedTable.isNamed(path) {
      let file = try StoredArrays(bytes, path: path, only: "images")
      if ArrayPart.holdsBothParts(file, names) {
        return (
          try ArrayPart(file, names, part: "train"), try ArrayPart(file, names, part: "test")
        )
      }
    }
    return (nil, try part(files[0]))
  }

  /// The data set.
  ///
  /// - Throws: `Failure` of kind `invalidOption` if nothing can be held out.
  public func load(_ options: LoadOptions) throws(Failure) -> Dataset {
    try Dataset(
      card: card, train: train ?? test.prefix(0), test: test,
      options: train == nil ? LoadOptions(locations: options.locations) : options, notices: notices)
  }

  public func folder(in locations: DataLocations) throws(Failure) -> URL? { folder }

  /// That the files could be read, there being nothing to compare them with.
  public func verify(in locations: DataLocations) throws(Failure) -> [FileReport] {
    let names = try ArrayNames(card.name)
    return names.paths.map {
      FileReport(
        file: DatasetFile(name: ($0 as NSString).lastPathComponent, contentBytes: 0), path: $0,
        status: .valid)
    }
  }

  /// The files that a name `arrays:...` means; none of other names.
  public static func files(named name: String) -> [URL] {
    guard name.hasPrefix(ArrayNames.prefix), let names = try? ArrayNames(name) else { return [] }
    return names.paths.map { URL(fileURLWithPath: $0).standardizedFileURL }
  }
}
