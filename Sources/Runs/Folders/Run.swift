import Datasets
import Distributed
import Failures
import Files
import Foundation
import Methods
import NeuralNetworks
import Tensors

/// A trained model with all that is known of it, opened from a run folder or a model file.
public struct Run {
  /// The folder or file, as the user named it.
  public let path: String
  /// The folder, unless only a model file was opened.
  public let folder: RunFolder?
  /// What determined the training, with the overrides it was opened with in their place.
  public let configuration: Configuration
  /// What the classes are called, in the order of the scores.
  public let classNames: [String]
  public let input: ModelInput
  /// Where the model's tensors are.
  public let device: Device
  /// The model, its weights loaded.
  public let model: any TrainableClassifier
  /// The features of a table, as the model file says them; nil of other samples and of earlier versions.
  package let storedFeatures: [DatasetFeature]?

  /// The features of a table that the model learned from; nil of other samples.
  ///
  /// - Throws: `Failure` where the model file does not say and its data are not there.
  public var features: [DatasetFeature]? {
    get throws {
      guard storedFeatures == nil, input.shape.count == 1,
        configuration.data.name.hasPrefix(DatasetCatalog.arraysPrefix)
      else { return storedFeatures }
      return try configuration.data.card.features
    }
  }

  /// Opens a run folder, or a `.safetensors` file such as PyTorch writes.
  ///
  /// - Parameters:
  ///   - path: a folder with `config.yaml` and `model.safetensors`, or such a model file alone,
  ///     whose configuration is in its metadata or given as overrides.
  ///   - overrides: what is to differ from the stored configuration, such as the solver.
  ///   - device: where to put the model; by default where it was trained.
  ///   - group: the processes that each open the run, on CUDA each on a device of its own.
  /// - Throws: `Failure`, `ConfigurationError`, `SettingsError`, `ModuleStateError` or `DeviceError`.
  public static func open(
    _ path: String, overrides: [ConfigurationOverride] = [], device: String? = nil,
    group: ProcessGroup? = nil
  ) throws -> Run {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure(
        .missing, at: path, expected: "the folder of a run or a model file", found: "nothing",
        remedy: "Check the path, or train a model with `basin train --out \(path)`.")
    }
    let folder = isFolder.boolValue ? RunFolder(path) : nil
    let stored = try folder.map { try storedOverrides(of: $0) }
    if let folder, !FileManager.default.fileExists(atPath: folder.model.path) {
      throw Failure(
        .missing, at: folder.model.relativePath, expected: "a model", found: "none",
        remedy: "The training has not finished an epoch; continue it with "
          + "`basin train --resume \(path)`.")
    }
    let file = try weights(at: folder?.model.relativePath ?? path)
    let configuration = try Configuration.resolved(
      (stored ?? inMetadata(of: file, path: path, required: overrides.isEmpty)) + overrides)
    return try Run(
      path: path, folder: folder, configuration: configuration, file: file, device: device,
      group: group)
  }

  /// - Throws: `Failure`, with the way of another program's model if it is one.
  private static func weights(at path: String) throws -> SafeTensors {
    do {
      return try SafeTensors(contentsOf: path)
    } catch {
      guard error.kind == .otherFormat,
        [FileKind.zip, .pyTorch].map(\.rawValue).contains(error.found)
      else { throw error }
      throw Failure(
        .malformed, at: path, expected: "the folder of a run, or weights in safetensors",
        found: "\(error.found), as PyTorch writes programs and weights",
        remedy: "A traced program is measured by `basin evaluate --model \(path) --data NAME "
          + "--normalization none` or `basin certify --model`; weights are given as "
          + "safetensors.torch.save_file writes them.")
    }
  }

  private init(
    path: String, folder: RunFolder?, configuration: Configuration, file: SafeTensors,
    device name: String?, group: ProcessGroup?
  ) throws {
    let source = folder?.model.relativePath ?? path
    let metadata = try ModelMetadata(
      file.metadata, configuration: configuration, path: source)
    self.path = path
    self.folder = folder
    self.configuration = configuration
    classNames = metadata.classNames
    input = metadata.input
    storedFeatures = metadata.features
    device = try Device(named: name ?? configuration.device, for: group)
    model = try configuration.freshModel(for: input, on: device)
    try model.load(file.tensors, from: source)
  }

  /// A model at hand, as it would be opened from a path.
  package init(
    _ model: any TrainableClassifier, path: String, configuration: Configuration,
    classNames: [String], input: ModelInput, device: Device
  ) {
    self.path = path
    folder = nil
    self.configuration = configuration
    self.classNames = classNames
    self.input = input
    self.device = device
    self.model = model
    storedFeatures = nil
  }

  /// The configuration of a run folder.
  ///
  /// - Throws: `Failure` if the folder has none; `ConfigurationError` if it cannot be used.
  public static func configuration(of folder: RunFolder) throws -> Configuration {
    try Configuration.resolved(storedOverrides(of: folder))
  }

  private static func storedOverrides(of folder: RunFolder) throws -> [ConfigurationOverride] {
    guard FileManager.default.fileExists(atPath: folder.configuration.path) else {
      throw Failure(
        .missing, at: folder.configuration.relativePath, expected: "the configuration of a run",
        found: folder.exists ? "no such file" : "no such folder",
        remedy: "Give the folder that `basin train` made.")
    }
    return try ConfigurationOverride.file(at: folder.configuration)
  }

  private static func inMetadata(
    of file: SafeTensors, path: String, required: Bool
  ) throws -> [ConfigurationOverride] {
    if let text = file.metadata["configuration"] {
      return try ConfigurationOverride.yaml(text, source: "\(path) (metadata)")
    }
    guard !required else {
      throw Failure(
        .missing, at: path, expected: "a configuration in the file's metadata", found: "none",
        remedy: "Give the model's with --config FILE.yaml, such as the config.yaml of a run.")
    }
    return []
  }
}

extension ModuleState {
  /// The SHA-256 of all names and values, whatever file they are in.
  public var digest: String {
    let digest = SHA256()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      digest.update(name.utf8)
      digest.update(tensor.to(.cpu).bytes)
    }
    return digest.finalize()
  }
}

extension Run {
  /// The SHA-256 of the file that the weights are in.
  public var weightsDigest: String {
    get throws {
      SHA256.digest(of: try Data(contentsOf: folder?.model ?? URL(fileURLWithPath: path)))
    }
  }

  /// The weights by the names of PyTorch's state dict, with what `Run.open` needs to know of them.
  public var weights: SafeTensors {
    get throws {
      SafeTensors(
        model.state.tensors,
        metadata: try ModelMetadata(
          configuration: configuration, classNames: classNames, input: input,
          features: storedFeatures
        ).entries)
    }
  }
}
