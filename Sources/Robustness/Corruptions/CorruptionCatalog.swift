/// The corruptions by name. A new one is one line in `entries`.
public enum CorruptionCatalog {
  /// A named corruption, made at a severity.
  public struct Entry: Sendable {
    public let name: String
    /// One line for help texts.
    public let summary: String
    let corruption: @Sendable (Severity) -> any Corruption
  }

  public static let entries: [Entry] = [
    Entry(name: "gaussian-noise", summary: "normal noise in every channel of every pixel") {
      GaussianNoise(severity: $0)
    },
    Entry(name: "shot-noise", summary: "Poisson noise of counted photons") {
      ShotNoise(severity: $0)
    },
    Entry(name: "impulse-noise", summary: "salt and pepper") { ImpulseNoise(severity: $0) },
  ]

  /// The corruptions named in a list: `all`, `none`, or names separated by commas.
  ///
  /// - Parameter severities: each corruption appears at each of them.
  /// - Throws: `RobustnessError` of kind `unknownName`, or `invalidOption` if one is named twice.
  public static func corruptions(
    named list: String, severities: [Severity] = Severity.all
  ) throws(RobustnessError) -> [any Corruption] {
    let known = entries.map(\.name)
    let names = try namesInList(
      list, of: "corruptions", known: known, lists: ["all": known, "none": []])
    return entries.sorted(like: names, by: \.name).flatMap { entry in
      severities.map { entry.corruption($0) }
    }
  }
}
