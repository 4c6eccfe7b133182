import Evaluations
import Foundation
import Reports
import Robustness
import Runs
import SparseRecovery
import StableDynamics

/// What a pruning came to: the content of `sparsity.json`.
package struct Pruning: Finding, Sendable {
  package internal(set) var schemaVersion = Pruning.currentSchemaVersion
  /// The new run and the one it started from, with the SHA-256 of that one's weights.
  package let run: String
  package let source: String
  package let sourceDigest: String
  package let method: String
  package let data: String
  package let seed: UInt64
  /// Epochs with the penalty and of fine-tuning together.
  package let epochs: Int
  package let sparsity: SparsitySettings
  /// The run as it was.
  package let before: Figures
  /// The new run, without the units that say nothing.
  package let after: Figures
  /// Weights of the pruned network in its old shape.
  package let layers: [LayerSparsity]
  /// Hidden units before and after.
  package let units: [Units]
  /// The largest difference of a logit of the smaller network from the masked one in its old shape,
  /// on `comparedSamples` test samples.
  package let outputDifference: Double
  package let comparedSamples: Int
  /// Of the training, in this session.
  package let trainingSeconds: Double

  /// A network as it was measured.
  package struct Figures: Codable, Sendable {
    /// On all samples that it learned from.
    package let trainAccuracy: Double
    /// Nil where no part is held out.
    package let validationAccuracy: Double?
    package let testAccuracy: Double
    package let parameterCount: Int
    /// Weights of linear layers and convolutions, and how many are not 0.
    package let weightCount: Int
    package let nonZeroCount: Int
    /// The least of five passes over `timedSamples` test images at once, alternating with the other
    /// network.
    package let seconds: Double
    package let timedSamples: Int
    /// On the first samples of the test part; nil if no attack was asked for.
    package let robustness: AttackedAccuracy?

    /// The training accuracy beyond the test accuracy.
    package var generalisationGap: Double { trainAccuracy - testAccuracy }
  }

  /// Hidden units that one layer makes and the next one reads.
  package struct Units: Codable, Sendable {
    package let source: String
    package let reader: String
    package let before: Int
    package let after: Int
  }

  /// The share of the old network's weights that are not 0.
  package var nonZeroShare: Double { layers.nonZeroShare }
}

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
    for row in AttackedAccuracy.rows(before: before.robustness, after: after.robustness) {
      table.append(row)
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
