import Catalogs
import Failures
import Foundation

/// The corruptions by name. A new one is one line in `catalog`; from another package,
/// `BasinTool.run(corruptions:)`.
public enum CorruptionCatalog {
  /// A named corruption, made at a severity.
  public struct Entry: Sendable {
    /// What options and results call it.
    public let name: String
    /// One line for help texts.
    public let summary: String
    let maker: Maker

    init(name: String, summary: String, maker: Maker) {
      self.name = name
      self.summary = summary
      self.maker = maker
    }

    /// - Parameter make: the corruption at a severity.
    public init(
      name: String, summary: String, make: @escaping @Sendable (Severity) -> any Corruption
    ) {
      self.init(name: name, summary: summary, maker: .bySeverity(make))
    }
  }

  /// What a corruption is made of.
  enum Maker: Sendable {
    case bySeverity(@Sendable (Severity) -> any Corruption)
    case withPictures(@Sendable (Severity, FrostPictures) -> any Corruption)
  }

  private static let builtIn: [Entry] = [
    Entry(name: "gaussian-noise", summary: "normal noise in every channel of every pixel") {
      GaussianNoise(severity: $0)
    },
    Entry(name: "shot-noise", summary: "Poisson noise of counted photons") {
      ShotNoise(severity: $0)
    },
    Entry(name: "impulse-noise", summary: "salt and pepper") { ImpulseNoise(severity: $0) },
    Entry(name: "speckle-noise", summary: "normal noise in proportion to the light") {
      SpeckleNoise(severity: $0)
    },
    Entry(name: "gaussian-blur", summary: "smoothing by a normal density") {
      GaussianBlur(severity: $0)
    },
    Entry(name: "defocus-blur", summary: "a lens out of focus") { DefocusBlur(severity: $0) },
    Entry(name: "glass-blur", summary: "frosted glass: pixels moved about") {
      GlassBlur(severity: $0)
    },
    Entry(name: "motion-blur", summary: "a camera that moved") { MotionBlur(severity: $0) },
    Entry(name: "zoom-blur", summary: "a lens that zoomed in") { ZoomBlur(severity: $0) },
    Entry(name: "snow", summary: "flakes that fall aslant") { Snow(severity: $0) },
    Entry(
      name: "frost", summary: "ice crystals, from photographs that the user has",
      maker: .withPictures { Frost(severity: $0, pictures: $1) }),
    Entry(name: "fog", summary: "a bright cloud") { Fog(severity: $0) },
    Entry(name: "spatter", summary: "drops of water or mud") { Spatter(severity: $0) },
    Entry(name: "brightness", summary: "more light") { Brightness(severity: $0) },
    Entry(name: "contrast", summary: "less contrast") { Contrast(severity: $0) },
    Entry(name: "saturate", summary: "paler or stronger colours") { Saturate(severity: $0) },
    Entry(name: "elastic-transform", summary: "a stretch and small displacements") {
      ElasticTransform(severity: $0)
    },
    Entry(name: "pixelate", summary: "larger pixels") { Pixelate(severity: $0) },
    Entry(name: "jpeg-compression", summary: "a JPEG file of low quality") {
      JPEGCompression(severity: $0)
    },
  ]

  private static let catalog = Catalog(
    builtIn, of: "corruption", reserved: ["all", "paper", "noise", "none"], name: { $0.name })

  /// All corruptions, those of other packages included.
  public static var entries: [Entry] { catalog.entries }

  /// Adds a corruption of another package.
  ///
  /// - Throws: `CatalogError` if its name cannot be used.
  public static func add(_ entry: Entry) throws(CatalogError) { try catalog.add(entry) }

  /// The eight of the Zubov-Net paper's Table I.
  private static let paper = [
    "gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise", "glass-blur", "motion-blur",
    "brightness", "contrast",
  ]

  /// The corruptions named in a list: `all`, `paper`, `noise`, `none`, or names separated by commas. `noise`
  /// are those that points know too.
  ///
  /// - Parameters:
  ///   - severities: each corruption appears at each of them.
  ///   - folder: JPEG and PNG files of frosted glass, for frost. Without it `all` leaves frost out.
  /// - Throws: `Failure` of kind `unknownName`, or `invalidOption` if one is named twice or
  ///   is frost without pictures, and what `FrostPictures` throws.
  public static func corruptions(
    named list: String, severities: [Severity] = Severity.all, frostPictures folder: URL? = nil
  ) throws(Failure) -> [any Corruption] {
    var noise: [String] = []
    var all: [String] = []
    for entry in entries {
      switch entry.maker {
      case .bySeverity(let make):
        all.append(entry.name)
        if !make(Severity.all[0]).needsImages { noise.append(entry.name) }
      case .withPictures: if folder != nil { all.append(entry.name) }
      }
    }
    let names = try namesInList(
      list, of: "corruptions", known: entries.map(\.name),
      lists: ["all": all, "noise": noise, "paper": paper, "none": []])
    var corruptions: [any Corruption] = []
    for entry in entries.sorted(like: names, by: \.name) {
      switch entry.maker {
      case .bySeverity(let make): corruptions += severities.map(make)
      case .withPictures(let make):
        let pictures = try pictures(in: folder, for: entry.name)
        corruptions += severities.map { make($0, pictures) }
      }
    }
    return corruptions
  }

  private static func pictures(
    in folder: URL?, for name: String
  ) throws(Failure) -> FrostPictures {
    guard let folder else {
      throw Failure(
        .invalidOption, at: "corruptions", expected: "pictures of frosted glass for \(name)",
        found: "none",
        remedy: "Name a folder of JPEG or PNG files by --frost-pictures FOLDER; the photographs of "
          + "ImageNet-C are in github.com/hendrycks/robustness and not distributed with Basin.")
    }
    return try FrostPictures(folder: folder)
  }
}
