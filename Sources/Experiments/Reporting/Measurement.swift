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

  /// The figure in an evaluation with its interval; nil if it does not have it.
  func figure(in evaluation: Evaluation) -> (fraction: Double, interval: ClosedRange<Double>?)? {
    func figure(_ accuracy: Accuracy?) -> (Double, ClosedRange<Double>?)? {
      accuracy.map { ($0.fraction, $0.interval) }
    }
    let result = evaluation.result
    switch condition {
    case .clean: return figure(result.clean)
    case .corruption(let name):
      let found = result.corruptions.filter { $0.name == name }.map(\.accuracy)
      // Severities share their images, so that together they have no binomial interval.
      guard found.count > 1 else { return figure(found.first) }
      return (found.map(\.fraction).reduce(0, +) / Double(found.count), nil)
    case .attack(let name, let threat):
      return figure(
        result.threats.first { $0.threat == threat }?
          .attacks.first { $0.name == name }?.accuracy)
    case .worst(let threat):
      return figure(result.threats.first { $0.threat == threat }?.worstCase)
    }
  }
}
