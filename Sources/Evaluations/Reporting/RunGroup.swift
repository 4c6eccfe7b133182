import Foundation
import Runs

/// Runs that differ in their seed alone.
package struct RunGroup {
  package let runs: [RunRecord]
  /// The method, with the settings that tell it from other groups on the same data, and the data
  /// where others on other data are called the same.
  package private(set) var label: String

  /// The first run, which stands for all where one has to.
  package var first: RunRecord { runs[0] }

  /// Puts runs that differ in their seed alone together, in the order of their first ones.
  package static func groups(of runs: [RunRecord]) throws -> [RunGroup] {
    var groups: [[RunRecord]] = []
    for run in runs {
      let place = try groups.firstIndex { group in
        try settings(of: group[0]) == settings(of: run)
      }
      if let place { groups[place].append(run) } else { groups.append([run]) }
    }
    let firsts = groups.map { $0[0] }
    let labels = try firsts.map { try label(of: $0, among: firsts) }
    return zip(groups, labels).map { group, label in
      let isUnique = labels.count { $0 == label } == 1
      let data = group[0].dataName
      return RunGroup(runs: group, label: isUnique ? label : "\(label) on \(data)")
    }
  }

  /// The runs that were measured in a setting; nil if none was.
  func measured(in setting: EvaluationSetting) -> RunGroup? {
    let members = runs.filter { $0.evaluation.map(EvaluationSetting.init) == setting }
    return members.isEmpty ? nil : RunGroup(runs: members, label: label)
  }

  /// Every setting that determines the result, but for the seed.
  private static func settings(of run: RunRecord) throws -> [String: ConfigurationTree] {
    // Of a file nothing is known by which it could be another seed of one group.
    guard let configuration = run.configuration else { return ["file": .string(run.path)] }
    let leaves = try configuration.tree.leaves.filter {
      $0.key != "seed" && !Configuration.circumstances.contains($0.key)
    }
    return Dictionary(leaves.map { ($0.key, $0.value) }) { _, last in last }
  }

  /// The method, and what it takes to tell the run from others of the method on the same data: the
  /// settings that are not its defaults where that is enough, else all that differ.
  private static func label(of run: RunRecord, among all: [RunRecord]) throws -> String {
    guard let configuration = run.configuration else { return "\(run.method) (\(run.name))" }
    let own = try settings(of: run)
    let rivals = try all.filter {
      $0.configuration != nil && $0.method == run.method && $0.dataName == run.dataName
    }.map(settings)
    let usual = try Configuration.defaults(
      method: configuration.method, data: configuration.data.name, scale: configuration.scale
    ).tree.leaves
    let defaults = Dictionary(usual.map { ($0.key, $0.value) }) { _, last in last }
    let differing = Set(own.keys.filter { key in rivals.contains { $0[key] != own[key] } })
    func changed(_ settings: [String: ConfigurationTree]) -> Set<String> {
      differing.filter { settings[$0] != defaults[$0] }
    }
    func isLike(_ settings: [String: ConfigurationTree], at keys: Set<String>) -> Bool {
      keys.allSatisfy { settings[$0] == own[$0] }
    }
    let mine = changed(own)
    let isEnough = rivals.count(where: { changed($0) == mine && isLike($0, at: mine) }) == 1
    let shown = (isEnough ? mine : differing).sorted()
    guard !shown.isEmpty else { return configuration.method }
    let parts = shown.map { key in
      let name = key.split(separator: ".").suffix(1).joined()
      let value = if case .string(let text) = own[key]! { text } else { "\(own[key]!)" }
      return "\(name) \(value.hasSuffix(".0") ? String(value.dropLast(2)) : value)"
    }
    return "\(configuration.method) (\(parts.joined(separator: ", ")))"
  }

  /// The mean of a figure over the runs that have it, with its deviation where several have.
  package func figure(_ value: (RunRecord) -> Double?) -> Spread? {
    Spread(runs.compactMap(value))
  }
}

/// The mean of a figure over several runs, and how far it scatters.
package struct Spread: Codable, Hashable, Sendable {
  package let mean: Double
  /// The standard deviation of a sample; 0 of one run.
  package let deviation: Double
  package let count: Int

  /// The mean and a deviation to both sides, within [0, 1]; nil of one run.
  package var deviationInterval: ClosedRange<Double>? {
    count > 1 ? max(0, mean - deviation)...min(1, mean + deviation) : nil
  }

  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    self.mean = mean
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
    count = values.count
  }
}
