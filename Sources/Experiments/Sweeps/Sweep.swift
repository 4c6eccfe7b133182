import Foundation

/// Trainings that differ in a few settings: every combination of listed values, or random draws.
public struct Sweep: Sendable {
  /// One of the trainings.
  public struct Trial: Sendable {
    /// From 1 on.
    public let number: Int
    /// The varied settings, by their keys.
    public let values: [(key: String, value: ConfigurationTree)]
    /// All settings.
    public let configuration: Configuration
  }

  /// The share of the training samples that trials are compared on, unless the user says otherwise: the
  /// best of many by the test samples would flatter itself.
  public static let validationFraction = 0.1
  /// Trials at most.
  static let mostTrials = 100_000

  /// The settings that are varied, each key once.
  public let variations: [Variation]
  /// Draws; nil for every combination.
  public let draws: Int?
  /// Of the draws.
  public let seed: UInt64
  public let trials: [Trial]

  /// - Parameters:
  ///   - overrides: what all trials share.
  ///   - draws: random trials; nil for every combination, in the order of the lists, the last setting
  ///     fastest.
  /// - Throws: `ConfigurationError` if a setting is varied twice, is an interval without `draws`, or
  ///   takes a value that it cannot have; before anything is trained.
  public init(
    _ variations: [Variation], draws: Int? = nil, seed: UInt64 = 0,
    overrides: [ConfigurationOverride]
  ) throws {
    self.variations = variations
    self.draws = draws
    self.seed = seed
    for (index, variation) in variations.enumerated()
    where variations[..<index].contains(where: { $0.path == variation.path }) {
      throw ConfigurationError.malformed(
        origin: variation.origin, expected: "each setting varied once", found: variation.key)
    }
    let combinations: [[ConfigurationTree]]
    if let draws {
      combinations = (1...draws).map { trial in
        variations.map { $0.draw(seed: seed, trial: trial) }
      }
    } else {
      combinations = try Self.product(of: variations)
    }
    let shared =
      [
        ConfigurationOverride(
          ["data", "validationFraction"], .number(Self.validationFraction), origin: "the sweep")
      ] + overrides
    trials = try combinations.enumerated().map { index, values in
      let own = zip(variations, values).map {
        ConfigurationOverride($0.path, $1, origin: $0.origin)
      }
      return Trial(
        number: index + 1, values: zip(variations.map(\.key), values).map { ($0, $1) },
        configuration: try Configuration.resolved(shared + own))
    }
  }

  private static func product(
    of variations: [Variation]
  ) throws(ConfigurationError) -> [[ConfigurationTree]] {
    var combinations: [[ConfigurationTree]] = [[]]
    for variation in variations {
      guard let values = variation.listed else {
        throw .malformed(
          origin: variation.origin,
          expected: "listed values, or --trials N to draw from the interval",
          found: "an interval")
      }
      guard combinations.count * values.count <= mostTrials else {
        throw .malformed(
          origin: variation.origin, expected: "at most \(mostTrials) combinations",
          found: "\(combinations.count) x \(values.count)")
      }
      combinations = combinations.flatMap { combination in values.map { combination + [$0] } }
    }
    return combinations
  }

  /// Whether trials are compared on samples held out for it.
  public var isValidated: Bool {
    trials.allSatisfy { $0.configuration.data.validationFraction > 0 }
  }
}
