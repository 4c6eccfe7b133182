import Evaluations
import Foundation
import Reports
import Robustness
import Runs
import SparseRecovery
import StableDynamics

extension Pruning {
  /// What was pruned and how, in a line.
  package var summary: String {
    let weight = String(format: "%g", sparsity.weight)
    return "\(run): \(method) on \(data), seed \(seed), from \(source); \(sparsity.penalty) x "
      + "\(weight) by \(sparsity.grouping.rawValue) (\(sparsity.form.rawValue)), "
      + "\(epochs - sparsity.fineTuneEpochs) epochs and \(sparsity.fineTuneEpochs) of fine-tuning"
  }

  /// The network before and after.
  package var comparisonTable: Table {
    var table = Table(
      caption: "Before and after", columns: [.init("figure"), .number("before"), .number("after")])
    func row(_ name: String, _ cell: (Figures) -> Table.Cell) {
      table.append([.init(name), cell(before), cell(after)])
    }
    row("test accuracy in percent") { .percent($0.testAccuracy) }
    if before.validationAccuracy != nil {
      row("validation accuracy") { $0.validationAccuracy.map { .percent($0) } ?? .missing }
    }
    row("training accuracy") { .percent($0.trainAccuracy) }
    row("generalisation gap in points") { .percent($0.generalisationGap) }
    row("parameters") { .init("\($0.parameterCount)") }
    row("weights") { .init("\($0.weightCount)") }
    row("weights that are not 0") { .init("\($0.nonZeroCount)") }
    row("milliseconds for \(before.timedSamples) images") { .number(1000 * $0.seconds) }
    let attacks = before.robustness?.attacks ?? []
    for (index, attack) in attacks.enumerated() {
      row("\(attack.name), \(attack.threat)") { figures in
        figures.robustness.map {
          let accuracy = $0.attacks[index].accuracy
          return .percentage(accuracy)
        } ?? .missing
      }
    }
    return table
  }

  /// Weights layer by layer.
  package var layerTable: Table {
    var table = Table(
      caption: "Weights that are not 0, in the old shape",
      columns: [.init("layer"), .init("shape"), .number("weights"), .number("not 0"), .number("%")])
    func row(_ name: String, _ shape: String, _ count: Int, _ nonZeros: Int) {
      table.append([
        .init(name), .init(shape), .init("\(count)"), .init("\(nonZeros)"),
        .percent(Double(nonZeros) / Double(max(count, 1))),
      ])
    }
    for layer in layers {
      let shape = layer.shape.map(String.init).joined(separator: " x ")
      row(layer.name, shape, layer.count, layer.nonZeros)
    }
    row(
      "all", "", layers.reduce(0) { $0 + $1.count }, layers.reduce(0) { $0 + $1.nonZeros })
    return table
  }

  /// Hidden units that were left out; nil if the method does not say what its units are.
  package var unitTable: Table? {
    guard !units.isEmpty else { return nil }
    let difference = String(format: "%.2g", outputDifference)
    return Table(
      caption: "Hidden units; without those that say nothing logits differ by at most "
        + "\(difference) on \(comparedSamples) images",
      columns: [.init("from"), .init("to"), .number("before"), .number("after")],
      rows: units.map {
        [.init($0.source), .init($0.reader), .init("\($0.before)"), .init("\($0.after)")]
      })
  }
}

extension Table.Cell {
  /// A share in percent with two decimals.
  static func percent(_ share: Double) -> Table.Cell {
    .init(String(format: "%.2f", 100 * share))
  }
}
