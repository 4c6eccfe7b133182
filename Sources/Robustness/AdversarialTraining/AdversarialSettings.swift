import Failures

/// How a model is trained adversarially, as it stands in a configuration.
public struct AdversarialSettings: Codable, Hashable, Sendable {
  /// The noise from which x' is sought.
  public enum Start: String, Codable, Sendable, CaseIterable {
    /// As the objective was published.
    case automatic
    case uniform, normal
  }

  /// One of `AdversarialObjectiveCatalog`, or `none`.
  public var objective = "none"
  /// ε in the L-inf norm, exactly: a fraction or a decimal.
  public var epsilon = "8/255"
  /// α, in units of the pixel range, like ε.
  public var stepSize = "2/255"
  /// Ascents from the start to x', at least 1.
  public var steps = 10
  /// The noise from which x' is sought.
  public var start = Start.automatic
  /// Of TRADES.
  public var beta = 6.0
  /// Of MART.
  public var lambda = 5.0

  public init() {}

  /// The values, read and checked.
  struct Values {
    let epsilon: Budget
    let stepSize: Budget
    let steps: Int
    /// nil: the objective's own.
    let start: InnerMaximization.Start?
    let beta: Double
    let lambda: Double
  }

  func values() throws(Failure) -> Values {
    for (key, weight) in [("beta", beta), ("lambda", lambda)] {
      guard weight >= 0 && weight.isFinite else {
        throw Self.error(
          key, "0 or a positive number", "\(weight)",
          "The published values are 6 (TRADES) and 5 (MART).")
      }
    }
    guard steps >= 1 else {
      throw Self.error("steps", "at least 1", "\(steps)", "The published objectives make 10.")
    }
    return Values(
      epsilon: try Self.distance(epsilon, "epsilon"),
      stepSize: try Self.distance(stepSize, "stepSize"), steps: steps,
      start: InnerMaximization.Start(rawValue: start.rawValue), beta: beta, lambda: lambda)
  }

  private static func distance(_ text: String, _ key: String) throws(Failure) -> Budget {
    let budget: Budget
    do {
      budget = try Budget(text)
    } catch {
      throw Failure(
        error.kind, at: key, expected: error.expected, found: error.found, remedy: error.remedy)
    }
    guard budget.numerator > 0 else {
      throw Self.error(
        key, "more than 0", "'\(text)'", "Train without an objective to leave images unmoved.")
    }
    return budget
  }

  private static func error(
    _ key: String, _ expected: String, _ found: String, _ remedy: String
  ) -> Failure {
    Failure(.invalidOption, at: key, expected: expected, found: found, remedy: remedy)
  }
}
