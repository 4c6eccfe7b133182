import Datasets
import Failures
import Files
import Methods
import NeuralNetworks
import Runs
import Tensors
import TorchScript

/// A model of another program's with the data that it is measured on.
package struct ExternalModel: EvaluationSubject {
  package let path: String
  package let dataName: String
  package let configurationHash: String
  package let weightsDigest: String
  package let input: ModelInput
  package let device: Device
  package let features: [DatasetFeature]?
  private let model: TorchScriptClassifier
  private let preparation: InputPreparation
  private let test: LabelledSamples

  /// Opens a TorchScript file and tries it on the data.
  ///
  /// - Parameters:
  ///   - data: the name of a data set.
  ///   - preparation: what the model expects of pixels.
  ///   - device: `cpu`, `cuda`, `cuda:N` or `auto`.
  /// - Throws: `DeviceError`; `Failure` if the model or the data cannot be read, or the data have classes that
  ///   the model has no score for.
  package init(
    _ path: String, data: String, in locations: DataLocations, preparation: InputPreparation,
    device: String = "cpu"
  ) throws {
    let bytes: [UInt8]
    do {
      bytes = try RegularFile.content(of: path)
    } catch {
      throw error.restated(
        .missing, expected: "a TorchScript model that can be read", remedy: "Check the path.")
    }
    self.path = path
    self.device = try Device(named: device)
    dataName = DatasetCatalog.absoluteName(data)
    let dataset = try DataSettings(name: data).load(locations)
    test = dataset.test
    features = dataset.card.features
    let preparation = InputPreparation(
      black: preparation.black, white: preparation.white, normalization: preparation.normalization,
      units: features.map(InputNormalization.init(unitsOf:)))
    self.preparation = preparation
    weightsDigest = SHA256.digest(of: bytes)
    model = try TorchScriptClassifier(
      bytes: bytes, path: path, preparation: preparation,
      trying: test.batch(Array(0..<min(64, test.count))).inputs, device: self.device)
    input = ModelInput(shape: test.sampleShape, classCount: model.classCount)
    configurationHash = SHA256.digest(
      of: Array("torchscript \(weightsDigest) \(preparation.description)".utf8))
    if let label = test.labels.max(), label >= model.classCount {
      throw Failure(
        at: path, expected: "scores of the \(test.classNames.count) classes of \(data)",
        found: "\(model.classCount)", remedy: "Give the data that the model was trained on.")
    }
  }

  package var name: String { "torchscript" }
  package var parameterCount: Int { model.parameterCount }
  package var dtype: DType { model.dtype }
  package var preparationNote: String? { preparation.description }

  package func classifier() -> any Classifier { model }

  package func samples(_ split: DataSplit, in locations: DataLocations) throws -> LabelledSamples {
    guard split == .test else {
      throw Failure(
        .missing, at: path, expected: "a validation part",
        found: "none: no training of this model is known", remedy: "Use --split test.")
    }
    return test
  }
}

extension InputNormalization {
  /// From [0, 1] to the units of the features: x -> least + x extent.
  fileprivate init(unitsOf features: [DatasetFeature]) {
    self.init(
      mean: features.map { -$0.least / $0.extent }, deviation: features.map { 1 / $0.extent })
  }
}
