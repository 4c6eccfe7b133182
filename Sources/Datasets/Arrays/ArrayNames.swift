import Catalogs
import Failures
import Foundation

/// The name of a data set in files of arrays or tables, taken apart:
/// `arrays:TRAIN,TEST` with options such as `,labels=species,layout=nhwc` behind.
struct ArrayNames: Equatable {
  /// How the axes of images lie in an array.
  enum Layout: String, CaseIterable {
    /// Samples, channels, height, width.
    case nchw
    /// Samples, height, width, channels.
    case nhwc
    /// Grey images, samples, height, width.
    case nhw
    /// Samples and features: no images.
    case vectors
  }

  static let prefix = "arrays:"
  private static let options = ["images", "labels", "layout", "units"]

  /// The name as it was given.
  let name: String
  let paths: [String]
  /// What arrays, or the column of labels, are called where the usual names do not say.
  private(set) var images: String?
  private(set) var labels: String?
  private(set) var layout: Layout?
  /// What budgets are counted in, of a table.
  private(set) var units: FeatureUnits?

  /// - Throws: `Failure` of kind `invalidOption`.
  init(_ name: String) throws(Failure) {
    func failure(_ expected: String, _ found: String) -> Failure {
      Failure(
        .invalidOption, at: "data set", expected: expected, found: found,
        remedy: "Write arrays:TRAIN,TEST, where files are .npz, .npy, .safetensors or .csv.")
    }
    self.name = name
    var paths: [String] = []
    let known = Self.options.map { "\($0)=" }.joined(separator: ", ")
    for part in name.dropFirst(Self.prefix.count).split(
      separator: ",", omittingEmptySubsequences: false)
    {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard words.count == 2, Self.options.contains(words[0]) else {
        guard !part.isEmpty else { throw failure("file names between commas", "\"\(name)\"") }
        // A file may have an equals sign in its name; what there is none of is an option.
        let path = (String(part) as NSString).expandingTildeInPath
        if words.count == 2, !FileManager.default.fileExists(atPath: path) {
          throw Failure(
            .invalidOption, at: "data set", expected: "files, and options \(known) behind them",
            found: String(part),
            remedy: words[0].nearestName(of: Self.options).map { "Did you mean \($0)=?" }
              ?? "No file has this name.")
        }
        paths.append(path)
        continue
      }
      switch words[0] {
      case "images": images = words[1]
      case "labels": labels = words[1]
      case "units":
        guard let units = FeatureUnits(words[1]) else {
          throw Failure(
            .invalidOption, at: "units",
            expected: "range, deviation or a number for each feature as 0.1/2/5",
            found: "'\(words[1].echoed())'",
            remedy: "Units are numbers above 0, with slashes between them.")
        }
        self.units = units
      default:
        guard let layout = Layout(rawValue: words[1]) else {
          throw failure(
            "layout \(Layout.allCases.map(\.rawValue).joined(separator: ", "))", words[1])
        }
        self.layout = layout
      }
    }
    let isBare = paths.allSatisfy { $0.lowercased().hasSuffix(".npy") }
    guard isBare ? [2, 4].contains(paths.count) : [1, 2].contains(paths.count) else {
      throw failure(
        "one or two files, or the four .npy files TRAIN-IMAGES,TRAIN-LABELS,TEST-IMAGES,TEST-LABELS",
        "\(paths.count)")
    }
    self.paths = paths
  }

  /// Whether a data set's name counts budgets in deviations.
  static func hasDeviations(_ name: String) -> Bool {
    (try? ArrayNames(name))?.units == .deviation
  }

  /// The files of each part, training first; one alone is the test part.
  var parts: [[String]] {
    let isBare = paths.allSatisfy { $0.lowercased().hasSuffix(".npy") }
    let size = isBare ? 2 : 1
    return stride(from: 0, to: paths.count, by: size).map { Array(paths[$0..<$0 + size]) }
  }

  /// A file that both parts are read from, as one of two: what is learnt is then tested.
  var commonFile: String? {
    guard parts.count == 2 else { return nil }
    func place(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    return zip(parts[0], parts[1]).first { place($0) == place($1) }?.0
  }

  /// The name with absolute paths, which means the same files in every working directory.
  var absolute: String {
    let files = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    let options = [
      ("images", images), ("labels", labels), ("layout", layout?.rawValue),
      ("units", units?.description),
    ]
    return Self.prefix
      + (files + options.compactMap { key, value in value.map { "\(key)=\($0)" } })
      .joined(separator: ",")
  }
}
