import ArgumentParser
import Datasets
import Distributed
import Evaluations
import Files
import NeuralNetworks
import Runs
import Settings
import StableDynamics
import Tensors

/// Where and with how many threads tensors are computed.
struct ComputeOptions: ParsableArguments {
  @Option(help: .init("cpu, cuda, cuda:N or auto; by default that of the run.", valueName: "name"))
  var device: String?

  @Option(help: .init("Threads of one operation; by default one a core.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    try SettingRange.threads.require("--threads", threads)
  }

  /// Where and how the run is computed, as settings of it.
  var settings: [ConfigurationOverride?] {
    [
      .flag("--device", "device", value: device),
      .flag("--threads", "training", "threads", value: threads),
    ]
  }

  /// Called once, before the first tensor.
  func prepare() {
    Torch.keepMemory()
    if let threads { Torch.threadCount = threads }
  }
}

/// Where data sets are looked for.
struct DataOptions: ParsableArguments {
  @Option(
    help: .init(
      "The folder that holds data sets, the only one then; by default $BASIN_DATA, then the cache.",
      valueName: "folder"))
  var dataRoot: String?

  func validate() throws {
    if dataRoot == "" { throw ValidationError("--data-root: expected a folder, found no name") }
  }

  var locations: DataLocations { DataLocations(dataRoot: dataRoot) }
}

/// A trained model.
struct RunOptions: ParsableArguments {
  @Argument(
    help: "The folder of a run, or a model file such as PyTorch writes (then with --config).")
  var run: String

  @OptionGroup(title: "Configuration") var configuration: ConfigurationOptions
  @OptionGroup(title: "Computation") var compute: ComputeOptions

  var sources: [CommandFiles.Source] { [.run(run)] + configuration.sources }

  /// The run's folder, in which results are kept where no option says otherwise; nil for a model file.
  var folder: RunFolder? {
    AtomicFile.obstacle(at: run) == "a folder" ? RunFolder(run) : nil
  }

  func open(for group: ProcessGroup? = nil) throws -> Run {
    compute.prepare()
    return try Run.open(
      run, overrides: configuration.overrides(), device: compute.device, group: group)
  }
}

/// A part of the data of a run.
struct SampleOptions: ParsableArguments {
  @Option(help: "The part of the data: test or validation.")
  var split = DataSplit.test

  @Option(help: .init("The first so many samples only.", valueName: "n"))
  var limit: Int?

  @OptionGroup var data: DataOptions

  func validate() throws {
    try SettingRange.samples.require("--limit", limit)
  }

  var sources: [CommandFiles.Source] { [.data(data)] }

  func samples(of subject: any EvaluationSubject) throws -> LabelledSamples {
    let samples = try subject.samples(split, in: data.locations)
    if let run = subject as? Run, run.knowsOther(samples, of: split) {
      StandardError.write(
        "warning: the \(split.rawValue) part of \(run.configuration.data.name) is not the one that "
          + "\(run.path) was trained beside; --data-root says where to look for data")
    }
    return samples
  }
}

extension DataSplit: ExpressibleByArgument {}
