import Foundation
import Runs

/// Trainings that differ in a few settings: every combination of listed values, or random draws.
package struct Sweep: Sendable {
  /// One of the trainings.
  package struct Trial: Sendable {
    /// From 1 on.
    package let number: Int
    /// The varied settings, by their keys.
    package let values: [(key: String, value: ConfigurationTree)]
    /// All settings.
    package let configuration: Configuration
  }

  /// The share of the training samples that trials are compared on, unless the user says otherwise: the
  /// best of many by the test samples would flatter itself.
  package static let validationFraction = 0.1
  /// Trials at most.
  static let mostTrials = 100_000
  /// What says which samples trials are ranked by.
  private static let sampleKeys = ["data", "data.name", "data.seed", "data.validationFraction"]

  /// The settings that are varied, each key once.
  package let variations: [Variation]
  /// Draws; nil for every combination.
  package let draws: Int?
  /// Of the draws.
  package let seed: UInt64
  package let trials: [Trial]

  /// - Parameters:
  ///   - overrides: what all trials share.
  ///   - draws: random trials; nil for every combination, in the order of the lists, the last setting
  ///     fastest.
  /// - Throws: `ConfigurationError` if a setting is varied twice, is an interval without `draws`, or
  ///   takes a value that it cannot have; before anything is trained.
  package init(
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
    for variation in variations {
      if Self.sampleKeys.contains(variation.key) {
        throw ConfigurationError.malformed(
          origin: variation.origin,
          expected: "a setting that leaves the samples as they are which trials are ranked by",
          found: variation.key)
      }
      if let fixed = overrides.last(where: {
        $0.path == variation.path && $0.origin.hasPrefix("--")
      }) {
        throw ConfigurationError.malformed(
          origin: variation.origin, expected: "a setting that nothing else gives a value",
          found: fixed.origin)
      }
    }
    let combinations =
      try draws.map { try Self.draws($0, of: variations, seed: seed) }
      ?? Self.product(of: variations)
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

  /// So many different combinations, in the order in which they are drawn.
  private static func draws(
    _ count: Int, of variations: [Variation], seed: UInt64
  ) throws(ConfigurationError) -> [[ConfigurationTree]] {
    var combinations: [[ConfigurationTree]] = []
    var known: Set<[ConfigurationTree]> = []
    // Of n values all are drawn after about n ln n: beyond this there are hardly more of them.
    for draw in 1...30 * count + 1000 where combinations.count < count {
      let combination = variations.map { $0.draw(seed: seed, trial: draw) }
      if known.insert(combination).inserted { combinations.append(combination) }
    }
    guard combinations.count == count else {
      throw .malformed(
        origin: "--trials \(count)",
        expected: "at most \(combinations.count), as many different trials as there are (without "
          + "--trials all combinations of listed values are trained)", found: "\(count)")
    }
    return combinations
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
  package var isValidated: Bool {
    trials.allSatisfy { $0.configuration.data.validationFraction > 0 }
  }
}
