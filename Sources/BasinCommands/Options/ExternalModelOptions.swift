import ArgumentParser
import Datasets
import Evaluations
import Foundation
import NeuralNetworks
import TorchScript

/// A model of another program's, what it expects of pixels, and the data to measure it on.
struct ExternalModelOptions: ParsableArguments {
  @Option(
    help: .init(
      "A TorchScript file: torch.jit.trace(model.eval(), images).save(FILE).", valueName: "file"))
  var model: String?

  @Option(
    help: .init(
      "Of --model: the data set, one of `basin data list`, folder:PATH or arrays:TRAIN,TEST.",
      valueName: "name"))
  var data: String?

  @Option(
    help: .init(
      "Of --model: none, or mean and deviation of each channel, such as "
        + "0.49,0.48,0.45/0.2,0.2,0.2, if it expects normalised pixels.", valueName: "numbers"))
  var normalization: NormalizationChoice?

  @Option(
    help: .init(
      "Of --model: black and white before normalisation, 0,1 by default, 0,255 or -1,1.",
      valueName: "numbers"))
  var inputRange: PixelEnds?

  /// An option that was given without a model; none of those that others read.
  var needlessOption: String? {
    data != nil ? "--data" : inputRange != nil ? "--input-range" : nil
  }

  /// - Throws: `ValidationError` unless all is there that a model needs.
  func requireCompleteness() throws {
    if model == "" { throw ValidationError("--model: expected a file, found no name") }
    if data == nil {
      throw ValidationError("--model: expected --data, such as --data cifar10, found none")
    }
    if normalization == nil {
      throw ValidationError(
        "--model: expected --normalization, found none; say `none` if the model takes pixels as they "
          + "are, or the mean and deviation that it was trained with, such as "
          + "0.4914,0.4822,0.4465/0.2470,0.2435,0.2616")
    }
  }

  var sources: [CommandFiles.Source] {
    guard let model else { return [] }
    return [.path(model)] + (data.map { [.dataSet($0)] } ?? [])
  }

  /// - Precondition: `requireCompleteness()`.
  func open(in locations: DataLocations, device: String) throws -> ExternalModel {
    try ExternalModel(
      model!, data: data!, in: locations,
      preparation: InputPreparation(
        black: inputRange?.black ?? 0, white: inputRange?.white ?? 1,
        normalization: normalization?.value),
      device: device)
  }
}

/// How pixels are normalised: `none`, or means and deviations as `m,m,m/d,d,d`.
struct NormalizationChoice: ExpressibleByArgument {
  /// nil: not at all.
  let value: InputNormalization?

  init?(argument: String) {
    guard argument != "none" else {
      value = nil
      return
    }
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(numbers)
    guard parts.count == 2, parts[0].count == parts[1].count, !parts[0].isEmpty,
      parts[0].allSatisfy(\.isFinite), parts[1].allSatisfy({ $0.isFinite && $0 > 0 })
    else { return nil }
    value = InputNormalization(mean: parts[0], deviation: parts[1])
  }
}

/// The numbers of black and white, as `0,255`.
struct PixelEnds: ExpressibleByArgument {
  let black: Double
  let white: Double

  init?(argument: String) {
    let ends = numbers(argument[...])
    guard ends.count == 2, ends.allSatisfy(\.isFinite), ends[0] < ends[1],
      (ends[1] - ends[0]).isFinite
    else { return nil }
    (black, white) = (ends[0], ends[1])
  }
}

/// Numbers between commas; NaN for what is none.
private func numbers(_ text: Substring) -> [Double] {
  text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
}
