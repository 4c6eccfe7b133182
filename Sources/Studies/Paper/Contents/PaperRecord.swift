import Evaluations
import Foundation
import Robustness
import Runs

/// What is known of one run for the tables: its row, its seed and what was measured of it.
package struct PaperRecord {
  let row: PaperRow
  let seed: UInt64
  let folder: RunFolder
  /// What its measurements have found.
  private(set) var findings: [any Sendable] = []

  /// Adds what a measurement has found, if it has.
  mutating func add(_ measurement: any PaperMeasurement, in folder: PaperFolder) throws {
    if let found = try measurement.found(in: folder) { findings.append(found) }
  }

  /// All that was found of a kind.
  func findings<Outcome>(of kind: Outcome.Type) -> [Outcome] {
    findings.compactMap { $0 as? Outcome }
  }

  /// What was found of a kind of which there is one.
  func finding<Outcome>(of kind: Outcome.Type) -> Outcome? { findings(of: kind).first }

  /// The first evaluation that has an accuracy.
  func figure(_ condition: MeasuredAccuracy.Condition) -> Double? {
    findings(of: Evaluation.self).lazy
      .compactMap { condition.figure(in: $0.result)?.fraction }.first
  }

  /// For each sample the share of the condition's images that are classified correctly: the
  /// severities of a corruption, or the one image of an attack. Keyed by sample index.
  func outcomes(_ condition: MeasuredAccuracy.Condition) -> [Int: Double]? {
    findings(of: Evaluation.self).lazy.compactMap { outcomes(condition, in: $0.result) }.first
  }

  private func outcomes(
    _ condition: MeasuredAccuracy.Condition, in result: EvaluationResult
  ) -> [Int: Double]? {
    func shares(withoutEach lost: [[Int]], of candidates: [Bool]) -> [Int: Double] {
      let lost = lost.map(Set.init)
      return Dictionary(
        uniqueKeysWithValues: zip(result.indices, candidates).map { index, isCandidate in
          (
            index,
            isCandidate ? Double(lost.count { !$0.contains(index) }) / Double(lost.count) : 0
          )
        })
    }
    switch condition {
    case .clean: return shares(withoutEach: [[]], of: result.isCleanCorrect)
    case .corrupted, .corruption:
      let lost = result.corruptions.filter {
        condition == .corrupted || condition == .corruption($0.name)
      }
      .compactMap(\.misclassified)
      guard !lost.isEmpty else { return nil }
      return shares(withoutEach: lost, of: result.indices.map { _ in true })
    case .attack(let name, let threat):
      guard
        let attack = result.threats.first(where: { $0.threat == threat })?
          .attacks.first(where: { $0.name == name })
      else { return nil }
      let lost = attack.breaks.map(\.index) + attack.unresolved
      return shares(withoutEach: [lost], of: result.isCleanCorrect)
    case .worst(let threat):
      guard let found = result.threats.first(where: { $0.threat == threat }) else { return nil }
      return shares(
        withoutEach: [found.brokenIndices + found.unresolved], of: result.isCleanCorrect)
    }
  }
}
