import Reports
import Robustness
import StableDynamics

extension Evaluation {
  /// What was evaluated, in a line.
  package var summary: String {
    "\(method) on \(data), \(split.rawValue) split, \(result.count) samples, "
      + "protocol \(result.evaluationProtocol.rawValue), seed \(result.seed), \(device)"
      + (preparation.map { ", \($0)" } ?? "")
  }

  /// Accuracy on clean images and under every attack, with Wilson intervals and survivors.
  package var accuracyTable: Table {
    var table = Table(
      caption: "Accuracy in percent [95 % interval] and samples that stayed right",
      columns: [
        .init("images"), .number("budget"), .number("accuracy"), .number("right"),
        .number("unresolved"),
      ])
    table.append(["clean", "", .percentage(result.clean), .share(result.clean), ""])
    for threat in result.threats {
      let budget = Table.Cell("\(threat.threat)")
      for attack in threat.attacks {
        table.append([
          .init(attack.name), budget, .percentage(attack.accuracy), .share(attack.accuracy),
          .init("\(attack.unresolved.count)"),
        ])
      }
      guard threat.attacks.count > 1 else { continue }
      table.append([
        "worst of these", budget, .percentage(threat.worstCase), .share(threat.worstCase),
        .init("\(threat.unresolved.count)"),
      ])
    }
    return table
  }

  /// Accuracy on corrupted images by severity; nil if there were none.
  package var corruptionTable: Table? {
    guard !result.corruptions.isEmpty else { return nil }
    let severities = Set(result.corruptions.map(\.severity)).sorted()
    var names: [String] = []
    for name in result.corruptions.map(\.name) where !names.contains(name) { names.append(name) }
    var table = Table(
      caption: "Accuracy in percent [95 % interval] on corrupted images, by severity",
      columns: [.init("corruption")] + severities.map { .number("\($0)") })
    for name in names {
      table.append(
        [.init(name)]
          + severities.map { severity in
            result.corruptions.first { $0.name == name && $0.severity == severity }
              .map { .percentage($0.accuracy) } ?? .missing
          })
    }
    return table
  }

  /// What each attack of a plan broke, through which scores; nil if there were no attacks.
  package var breakTable: Table? {
    var table = Table(
      caption: "Samples attacked and broken, in the order of attack: later ones saw survivors only",
      columns: [
        .init("images"), .number("budget"), .init("attack"), .init("scores"),
        .number("attacked"), .number("broken"), .number("no gradient"),
      ])
    for threat in result.threats {
      for attack in threat.attacks {
        for stage in attack.stages {
          for function in stage.scoreFunctions {
            table.append([
              .init(attack.name), .init("\(threat.threat)"), .init(stage.attack),
              .init(function.name), .init("\(function.attacked)"), .init("\(function.broken)"),
              .init("\(function.zeroGradients + function.nonFiniteGradients)"),
            ])
          }
        }
      }
    }
    return table.rows.isEmpty ? nil : table
  }

  /// What may be wrong with the figures.
  package var auditTable: Table {
    Table(
      caption: "Audits",
      columns: [.init("check"), .init("audit"), .init("verdict"), .init("finding")],
      rows: result.audits.map {
        [.init($0.check), .init($0.name), .init($0.verdict.words), .init($0.finding)]
      })
  }
}

extension Audit.Verdict {
  /// The verdict as it is printed.
  var words: String {
    switch self {
    case .passed: "passed"
    case .flagged: "FLAGGED"
    case .notApplicable: "not applicable"
    }
  }
}

extension Table.Cell {
  package static func percentage(_ accuracy: Accuracy) -> Table.Cell {
    .percentage(accuracy.fraction, interval: accuracy.interval)
  }

  static func share(_ accuracy: Accuracy) -> Table.Cell {
    .init("\(accuracy.correct)/\(accuracy.count)")
  }
}
