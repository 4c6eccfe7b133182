import Failures

/// The objectives of adversarial training by name. A new one is one line in `entries`.
public enum AdversarialObjectiveCatalog {
  /// A named objective, made with settings that were checked.
  public struct Entry: Sendable {
    /// What `adversarial.objective` calls it.
    public let name: String
    /// One line for help texts.
    public let summary: String
    let objective: @Sendable (AdversarialSettings.Values) -> any AdversarialObjective
  }

  /// All objectives, in the order of help texts.
  public static let entries: [Entry] = [
    Entry(name: PGDAdversarialTraining.name, summary: "the method's objective on perturbed images")
    {
      PGDAdversarialTraining(
        epsilon: $0.epsilon, stepSize: $0.stepSize, steps: $0.steps, start: $0.start ?? .uniform)
    },
    Entry(name: TRADES.name, summary: "beside it, the divergence between clean and perturbed") {
      TRADES(
        epsilon: $0.epsilon, stepSize: $0.stepSize, steps: $0.steps, start: $0.start ?? .normal,
        weight: $0.beta)
    },
    Entry(name: MART.name, summary: "the same, weighted towards what is misclassified") {
      MART(
        epsilon: $0.epsilon, stepSize: $0.stepSize, steps: $0.steps, start: $0.start ?? .normal,
        weight: $0.lambda)
    },
  ]

  /// The objective that settings ask for; nil for `none`.
  ///
  /// - Throws: `Failure` of kind `unknownName`, or `invalidOption` with
  ///   the setting's key as its location, whatever the objective.
  public static func objective(
    _ settings: AdversarialSettings
  ) throws(Failure) -> (any AdversarialObjective)? {
    let values = try settings.values()
    if settings.objective == "none" { return nil }
    guard let entry = entries.first(where: { $0.name == settings.objective }) else {
      let known = (["none"] + entries.map(\.name)).joined(separator: ", ")
      throw Failure(
        .unknownName, at: "objective", expected: "one of \(known)",
        found: "'\(settings.objective)'", remedy: "Write one of these names.")
    }
    return entry.objective(values)
  }
}
