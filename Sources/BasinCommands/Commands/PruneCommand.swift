import ArgumentParser
import Evaluations
import Foundation
import Reports
import Runs
import Settings
import SparseRecovery
import Tensors
import Training

struct PruneCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Train a run on with a penalty and leave out what becomes 0.",
    discussion: """
      First come epochs with the penalty, then epochs without it in which weights that are 0 stay so, \
      and last the hidden units that say nothing any more are left out: the new run is a smaller \
      network. It is measured beside the old one, on clean and on attacked images; the result goes to \
      sparsity.json in its folder too. A pruning that was stopped goes on when the same command is \
      given again.

      Groups (--grouping): element, each weight for itself; filter, what enters a unit; neuron, what \
      leaves it. With l1, groups are those of the group lasso.

      Example: basin sparse prune runs/first --out runs/pruned --penalty l-half-over-l2 --weight 1
      """)

  @OptionGroup var model: RunOptions

  @Option(help: .init("A new folder for the smaller network.", valueName: "folder"))
  var out: String

  @Option(
    help: .init(
      "\(NetworkPenaltyCatalog.names.joined(separator: ", ")).", valueName: "name"))
  var penalty = LHalfOverL2Penalty.name

  @Option(help: .init("The penalty's factor.", valueName: "x"))
  var weight = 1.0

  @Option(
    help: .init(
      "proximal, a step behind the optimizer's, or term, of the loss; by default proximal where the "
        + "penalty has such a step.", valueName: "form"))
  var form: SparsitySettings.Form?

  @Option(help: "What becomes 0 together: element, filter or neuron.")
  var grouping = WeightGrouping.element

  @Option(help: .init("With the penalty.", valueName: "n"))
  var epochs = 10

  @Option(help: .init("Without it, zeros staying zeros.", valueName: "n"))
  var fineTuneEpochs = 5

  @Option(
    help: .init(
      "Lists of `basin evaluate` for before and after, or none.", valueName: "list"))
  var attacks = "quick"

  @OptionGroup var attacked: ComparedAttackOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.epochs.require("--epochs", epochs)
    try SettingRange.count.require("--fine-tune-epochs", fineTuneEpochs)
    try SettingRange.weight.require("--weight", weight)
  }

  var files: CommandFiles {
    CommandFiles(sources: model.sources + [.data(data)]).writing("--out", out, as: .run)
  }

  func check() throws { _ = try request() }

  private func request() throws -> PruningRequest {
    var request = PruningRequest(evaluation: try attacked.request(attacks: attacks))
    request.epochs = epochs
    request.sparsity.penalty = penalty
    request.sparsity.weight = weight
    request.sparsity.grouping = grouping
    request.sparsity.fineTuneEpochs = fineTuneEpochs
    guard let found = NetworkPenaltyCatalog.penalty(named: penalty) else {
      let names = NetworkPenaltyCatalog.names.joined(separator: ", ")
      throw InvalidOption("--penalty: expected one of \(names), found '\(penalty)'")
    }
    request.sparsity.form = form ?? (found is any ProximalPenalty ? .proximal : .term)
    return request
  }

  func run() throws {
    let (request, folder) = (try request(), RunFolder(out))
    let interruption = try Interruption { _ in
      StandardError.write("basin: finishing the step and writing a checkpoint")
    }
    let source = try model.open()
    let earlier = try PruningTraining.finding(of: source, in: folder, request)
    if earlier != nil {
      StandardError.write("basin: \(folder.path) is finished: this is what was found then")
    }
    let finding =
      try earlier
      ?? PruningTraining(of: source, into: folder, request, locations: data.locations)
      .run { interruption.isRequested }
    try output.show(finding, as: finding.parts)
  }
}

extension SparsitySettings.Form: ExpressibleByArgument {}
extension WeightGrouping: ExpressibleByArgument {}

extension Pruning {
  fileprivate var parts: [OutputPart] {
    [.text(summary), .table(comparisonTable), .table(layerTable)]
      + (unitTable.map { [.table($0)] } ?? [])
  }
}
