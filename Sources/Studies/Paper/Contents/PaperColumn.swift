import Evaluations
import Reports
import Robustness

/// A column of a table of the paper: its title and where its figures come from.
package struct PaperColumn: Sendable {
  package enum Source: Sendable {
    /// An accuracy, in percent.
    case accuracy(MeasuredAccuracy.Condition)
    /// The mean of the accuracies of other columns.
    case mean([MeasuredAccuracy.Condition])
    /// Another figure, written with so many decimals.
    case figure(decimals: Int, @Sendable (PaperRecord) -> Double?)
  }

  package let title: String
  package let source: Source
  /// Whether more is better, so that the largest stands out; nil where neither is.
  var isBetterWhenLarger: Bool? = true

  init(_ title: String, _ condition: MeasuredAccuracy.Condition) {
    self.title = title
    source = .accuracy(condition)
  }

  init(mean conditions: [MeasuredAccuracy.Condition]) {
    title = "Avg"
    source = .mean(conditions)
  }

  init(
    _ title: String, decimals: Int, isBetterWhenLarger: Bool?,
    _ figure: @escaping @Sendable (PaperRecord) -> Double?
  ) {
    self.title = title
    source = .figure(decimals: decimals, figure)
    self.isBetterWhenLarger = isBetterWhenLarger
  }

  /// The figure of a run, in the unit of the paper's table: percent for accuracies.
  func value(of record: PaperRecord) -> Double? {
    switch source {
    case .accuracy(let condition): return record.figure(condition).map { 100 * $0 }
    case .mean(let conditions):
      let found = conditions.compactMap(record.figure)
      guard !found.isEmpty, found.count == conditions.count else { return nil }
      return 100 * found.reduce(0, +) / Double(found.count)
    case .figure(_, let figure): return figure(record)
    }
  }

  /// A figure as it is written.
  func text(_ value: Double) -> String {
    switch source {
    case .accuracy, .mean: value.written(decimals: 2)
    case .figure(let decimals, _): value.written(decimals: decimals)
    }
  }
}

extension PaperColumn {
  /// The corruptions by the paper's names.
  static func corruption(_ title: String) -> PaperColumn {
    let names = [
      "Gaussian": "gaussian-noise", "Glass": "glass-blur", "Shot": "shot-noise",
      "Impulse": "impulse-noise", "Speckle": "speckle-noise", "Motion": "motion-blur",
      "Brightness": "brightness", "Contrast": "contrast",
    ]
    return PaperColumn(title, .corruption(names[title]!))
  }

  /// The attacks by the paper's names, within a budget in L-inf.
  static func attack(_ title: String, _ budget: String, showsBudget: Bool = true) -> PaperColumn {
    let names = [
      "FGSM": "fgsm", "PGD": "pgd", "BIM": "bim", "APGD": "apgd-ce", "Jitter": "jitter",
      "VNI": "vni-fgsm", "Square": "square", "AA": "autoattack",
    ]
    return PaperColumn(
      showsBudget ? "\(title) \(budget)" : title, .attack(names[title]!, .linf(budget)))
  }

  /// The worst case over a table's attacks: what an attacker who has them all achieves.
  static func worst(_ budget: String) -> PaperColumn {
    PaperColumn("worst \(budget)", .worst(.linf(budget)))
  }

  /// The condition of a column of accuracies.
  var condition: MeasuredAccuracy.Condition? {
    if case .accuracy(let condition) = source { condition } else { nil }
  }
}

extension ThreatModel {
  /// A budget that is written in the program, not by a user.
  fileprivate static func linf(_ budget: String) -> ThreatModel {
    guard let budget = try? Budget(budget) else { preconditionFailure("budget \(budget)") }
    return ThreatModel(budget: budget)
  }
}
