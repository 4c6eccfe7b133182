import Datasets
import Foundation
import Methods
import Runs
import StableDynamics

/// The runs behind tables and figures of the paper: how large they are and where they lie.
///
/// The paper's own are the defaults: scale `paper`, 140 epochs, crop and flip, 3 seeds. A smaller
/// width, fewer epochs or a part of the training images make them fit the machine at hand; every
/// result says which.
package struct PaperRuns: Sendable {
  package let data: String
  /// The folder that holds a folder for each run.
  package let folder: String
  package let seeds: [UInt64]
  /// What all runs share beside the settings of their row, in order.
  package let overrides: [ConfigurationOverride]
  /// Channels of the first stage of ResNet-18 as extractor; the extractor of the scale where nil.
  package let width: Int?
  package let locations: DataLocations

  /// - Parameters:
  ///   - folder: `runs/paper-DATA` where omitted.
  ///   - overrides: what differs from the paper, such as `training.epochs`.
  package init(
    data: String, folder: String? = nil, seeds: [UInt64] = [0, 1, 2],
    overrides: [ConfigurationOverride] = [], width: Int? = nil,
    locations: DataLocations = DataLocations()
  ) {
    self.data = data
    self.folder = folder ?? "runs/paper-\(data)"
    self.seeds = seeds
    self.overrides = overrides
    self.width = width
    self.locations = locations
  }

  /// The folder of a run.
  package func folder(of row: PaperRow, seed: UInt64) -> RunFolder {
    RunFolder("\(folder)/\(row.name)-seed\(seed)")
  }

  /// What a run is.
  ///
  /// - Throws: `ConfigurationError` or `Failure` if the settings are not usable.
  package func configuration(of row: PaperRow, seed: UInt64) throws -> Configuration {
    let named = [
      ConfigurationOverride(["method"], .string(row.method), origin: "row \(row.name)"),
      ConfigurationOverride(["data", "name"], .string(data), origin: "--data"),
      ConfigurationOverride(["seed"], .integer(Int(seed)), origin: "--seeds"),
    ]
    let own = try row.settings.flatMap(ConfigurationOverride.setting)
    let plain = try Configuration.resolved(
      augmentation + overrides + named + own)
    return try plain.applying(extractor(of: plain))
  }

  /// The paper's, on what can be cropped and flipped: photographs, not digits or points.
  private var augmentation: [ConfigurationOverride] {
    guard let card = try? DatasetCatalog.source(named: data).card,
      card.sampleShape.count == 3, card.sampleShape[0] == 3, card.name != "svhn"
    else { return [] }
    return [
      ConfigurationOverride(
        ["data", "augmentation"], .list([.string("crop"), .string("flip")]),
        origin: "the paper's augmentation")
    ]
  }

  /// The extractor of the wanted width, wherever the method has it among its settings.
  private func extractor(of configuration: Configuration) throws -> [ConfigurationOverride] {
    guard let width else { return [] }
    let keys = configuration.model.leaves.map { $0.key.split(separator: ".").map(String.init) }
    let values: [String: ConfigurationTree] = [
      "extractor": .string("resnet18"), "width": .integer(width),
    ]
    return keys.compactMap { path in
      values[path.last!].map {
        ConfigurationOverride(["model"] + path, $0, origin: "--width \(width)")
      }
    }
  }

  /// How large the runs are, as a sentence.
  func description(for row: PaperRow) throws -> String {
    let configuration = try configuration(of: row, seed: seeds.first ?? 0)
    let training = configuration.training
    let limit = configuration.data.limit
    let deviations = [
      width.map { "ResNet-18 of width \($0) (the paper: 64) as extractor" },
      configuration.scale == .paper ? nil : "models of scale \(configuration.scale.rawValue)",
      limit > 0 ? "the first \(limit) training images" : nil,
      training.epochs == 140 ? nil : "\(training.epochs) epochs (the paper: 140)",
    ].compactMap { $0 }
    let size = deviations.isEmpty ? "at the paper's size" : deviations.joined(separator: ", ")
    return "Trained \(size); seeds \(seeds.map(String.init).joined(separator: ", "))."
  }
}
