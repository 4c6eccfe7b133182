import Foundation
import Robustness
import StableDynamics

/// An accuracy that reports compare: on which images, and how it was measured.
package struct MeasuredAccuracy: Hashable, Sendable {
  /// The kind of images.
  package enum Condition: Hashable, Sendable {
    case clean
    /// Right under every attack of an evaluation.
    case worst(ThreatModel)
    case attack(String, ThreatModel)
    /// The mean over all corruptions and severities.
    case corrupted
    /// The mean over severities.
    case corruption(String)
  }

  package let condition: Condition
  /// What stands behind the condition in an evaluation and may differ in another: the attacks of a
  /// worst case, the severities of corruptions. Only equal ones are comparable.
  let extent: [String]

  init(_ condition: Condition, in result: EvaluationResult) {
    self.condition = condition
    switch condition {
    case .clean, .attack: extent = []
    case .worst(let threat):
      let found = result.threats.first { $0.threat == threat }
      extent = found.map { $0.attacks.map(\.name).sorted() } ?? []
    case .corrupted:
      extent = result.corruptions.map { "\($0.name) \($0.severity)" }.sorted()
    case .corruption(let name):
      extent = result.corruptions.filter { $0.name == name }.map { "\($0.severity)" }.sorted()
    }
  }

  /// The title of a column, with the extent where another of these has the same without.
  func title(among others: [MeasuredAccuracy]) -> String {
    let isUnique = others.count { $0.condition == condition } == 1
    let title = condition.title
    guard !isUnique else { return title }
    return switch condition {
    case .clean, .attack: title
    case .worst: "\(title) of \(extent.joined(separator: ", "))"
    case .corrupted: "\(title) (\(extent.count) kinds and severities)"
    case .corruption: "\(title) (severity \(extent.joined(separator: ", ")))"
    }
  }

  /// Whether the images are corrupted in one way; there may be many of these.
  var isOneCorruption: Bool {
    if case .corruption = condition { true } else { false }
  }

  /// All that some evaluation has, what matters most first: clean, the worst case, attacks by
  /// their budget, corruptions.
  static func all(in evaluations: [Evaluation]) -> [MeasuredAccuracy] {
    var seen: Set<MeasuredAccuracy> = []
    let measurements = evaluations.map(\.result).flatMap { result in
      Condition.all(in: result).map { MeasuredAccuracy($0, in: result) }
    }.filter { seen.insert($0).inserted }
    return measurements.enumerated().map { (rank: $1.condition.rank, place: $0, measurement: $1) }
      .sorted {
        ($0.rank.kind, $0.rank.epsilon, $0.place) < ($1.rank.kind, $1.rank.epsilon, $1.place)
      }
      .map(\.measurement)
  }

  /// The figure in an evaluation with its interval; nil if it does not have it, or has it of
  /// another extent.
  func figure(in evaluation: Evaluation) -> (fraction: Double, interval: ClosedRange<Double>?)? {
    MeasuredAccuracy(condition, in: evaluation.result) == self
      ? condition.figure(in: evaluation.result) : nil
  }
}

extension MeasuredAccuracy.Condition {
  /// As the title of a column.
  package var title: String {
    switch self {
    case .clean: "clean"
    case .worst(let threat): "worst \(threat.short)"
    case .attack(let name, let threat): "\(name) \(threat.short)"
    case .corrupted: "corrupted"
    case .corruption(let name): name
    }
  }

  /// What an evaluation has; the worst of one attack is that attack, the mean of one corruption that
  /// corruption.
  fileprivate static func all(in result: EvaluationResult) -> [Self] {
    var conditions: [Self] = [.clean]
    for threat in result.threats {
      if threat.attacks.count > 1 { conditions.append(.worst(threat.threat)) }
      conditions += threat.attacks.map { .attack($0.name, threat.threat) }
    }
    if Set(result.corruptions.map(\.name)).count > 1 { conditions.append(.corrupted) }
    return conditions + result.corruptions.map { .corruption($0.name) }
  }

  /// The figure in an evaluation with its interval; nil if it does not have it.
  package func figure(
    in result: EvaluationResult
  ) -> (fraction: Double, interval: ClosedRange<Double>?)? {
    func figure(_ accuracy: Accuracy?) -> (Double, ClosedRange<Double>?)? {
      accuracy.map { ($0.fraction, $0.interval) }
    }
    // Severities and corruptions share their images, so that together they have no binomial
    // interval.
    func mean(_ accuracies: [Accuracy]) -> (Double, ClosedRange<Double>?)? {
      guard accuracies.count > 1 else { return figure(accuracies.first) }
      return (accuracies.map(\.fraction).reduce(0, +) / Double(accuracies.count), nil)
    }
    switch self {
    case .clean: return figure(result.clean)
    case .worst(let threat):
      return figure(result.threats.first { $0.threat == threat }?.worstCase)
    case .attack(let name, let threat):
      return figure(
        result.threats.first { $0.threat == threat }?
          .attacks.first { $0.name == name }?.accuracy)
    case .corrupted: return mean(result.corruptions.map(\.accuracy))
    case .corruption(let name):
      return mean(result.corruptions.filter { $0.name == name }.map(\.accuracy))
    }
  }

  /// The place of its kind among the columns, and that of its budget among the kind.
  fileprivate var rank: (kind: Int, epsilon: Double) {
    switch self {
    case .clean: (0, 0)
    case .worst(let threat): (1, threat.epsilon)
    case .attack(_, let threat): (2, threat.epsilon)
    case .corrupted: (3, 0)
    case .corruption: (4, 0)
    }
  }
}

extension ThreatModel {
  /// The budget, with its norm where that is not the usual one.
  fileprivate var short: String { norm == .linf ? "\(budget)" : "\(norm.rawValue) \(budget)" }
}

extension Double {
  /// The number with a fixed count of decimals.
  package func written(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
