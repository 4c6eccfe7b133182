import Datasets
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// What is evaluated, verified or certified: a run, or a model of another program's.
package protocol EvaluationSubject {
  /// The folder or file, as the user named it.
  var path: String { get }
  /// What results call it: a run's method, or the format of a model file.
  var name: String { get }
  /// The name of the data set.
  var dataName: String { get }
  /// The SHA-256 of all that determines what the model computes from its weights.
  var configurationHash: String { get throws }
  /// The SHA-256 of the file that the weights are in.
  var weightsDigest: String { get throws }
  /// The shape of one image, and the number of classes.
  var input: ModelInput { get }
  var parameterCount: Int { get }
  /// The features of a table that it is measured on; nil of other samples.
  var features: [DatasetFeature]? { get throws }
  /// In which the model computes, and where.
  var dtype: DType { get }
  var device: Device { get }
  /// What the model makes of images before anything else of it, for people; nil where results need not
  /// say.
  var preparationNote: String? { get }

  /// The model in use.
  func classifier() -> any Classifier

  /// The samples of a part of the data.
  ///
  /// - Throws: `Failure` if the data are missing or malformed, or there is no such part.
  func samples(_ split: DataSplit, in locations: DataLocations) throws -> LabelledSamples
}

extension EvaluationSubject {
  package var preparationNote: String? { nil }

  /// Samples as the model takes them: on its device, in its precision.
  package func images(of samples: LabelledSamples) throws -> LabelledImages {
    try LabelledImages(
      images: tensor(of: samples, at: Array(0..<samples.count)), labels: samples.labels,
      classCount: input.classCount)
  }

  package func tensor(of samples: LabelledSamples, at positions: [Int]) -> Tensor {
    samples.batch(positions).inputs.to(dtype).to(device)
  }
}

extension Run: EvaluationSubject {
  package var name: String { configuration.method }
  package var dataName: String { configuration.data.name }
  package var configurationHash: String { get throws { try configuration.hash } }
  package var parameterCount: Int { model.parameterCount }
  package var dtype: DType { configuration.precision.dtype }

  package func classifier() -> any Classifier { model.trained() }
}
