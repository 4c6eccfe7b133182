import Robustness

/// An accuracy that reports compare: on which images, and where in an evaluation it stands.
public struct Measurement: Hashable, Sendable {
  /// The kind of images.
  public enum Condition: Hashable, Sendable {
    case clean
    /// The mean over severities.
    case corruption(String)
    case attack(String, ThreatModel)
    case worst(ThreatModel)
  }

  public let condition: Condition

  /// As the title of a column.
  public var title: String {
    switch condition {
    case .clean: "clean"
    case .corruption(let name): name
    case .attack(let name, let threat): "\(name) \(threat.budget)"
    case .worst(let threat): "worst \(threat.budget)"
    }
  }

  /// All that some evaluation has, in the order of the first that has it.
  static func all(in evaluations: [Evaluation]) -> [Measurement] {
    var conditions: [Condition] = [.clean]
    func append(_ condition: Condition) {
      if !conditions.contains(condition) { conditions.append(condition) }
    }
    for result in evaluations.map(\.result) {
      for corruption in result.corruptions { append(.corruption(corruption.name)) }
    }
    let threats = evaluations.flatMap(\.result.threats)
      .sorted { $0.threat.epsilon < $1.threat.epsilon }
    for threat in threats {
      for attack in threat.attacks { append(.attack(attack.name, threat.threat)) }
    }
    // The worst of one attack is that attack.
    for threat in threats where threat.attacks.count > 1 { append(.worst(threat.threat)) }
    return conditions.map(Measurement.init)
  }

  /// The figure in an evaluation; nil if it does not have it.
  func accuracy(in evaluation: Evaluation) -> Accuracy? {
    let result = evaluation.result
    switch condition {
    case .clean: return result.clean
    case .corruption(let name):
      let found = result.corruptions.filter { $0.name == name }.map(\.accuracy)
      // Over all severities together: as many judgements as images times severities.
      return found.isEmpty
        ? nil
        : Accuracy(
          correct: found.map(\.correct).reduce(0, +), count: found.map(\.count).reduce(0, +))
    case .attack(let name, let threat):
      return result.threats.first { $0.threat == threat }?
        .attacks.first { $0.name == name }?.accuracy
    case .worst(let threat):
      return result.threats.first { $0.threat == threat }?.worstCase
    }
  }
}
