import ArgumentParser
import Distributed
import Evaluations
import Failures
import Files
import NeuralNetworks
import Runs
import TorchScript

/// The model that a command measures: a run, or a file of another program's.
struct SubjectOptions: ParsableArguments {
  @Argument(
    help: .init(
      "The folder of a run, or a model file such as PyTorch writes (then with --config); none with "
        + "--model."))
  var run: String?

  @OptionGroup(title: "A PyTorch model") var external: ExternalModelOptions
  @OptionGroup(title: "Configuration") var configuration: ConfigurationOptions
  @OptionGroup(title: "Computation") var compute: ComputeOptions

  func validate() throws {
    guard external.model != nil else {
      if run == nil { throw ValidationError("expected a run, or --model FILE, found neither") }
      if let option = external.needlessOption {
        throw ValidationError("\(option) goes with --model; a run knows its own")
      }
      return
    }
    if let run {
      throw ValidationError("expected a run or --model FILE, found both ('\(run.echoed())')")
    }
    if configuration.config != nil || !configuration.set.isEmpty {
      throw ValidationError("--config and --set are of runs: --model has no settings of Basin's")
    }
    try external.requireCompleteness()
  }

  var sources: [CommandFiles.Source] {
    (run.map { [.run($0)] } ?? []) + external.sources + configuration.sources
  }

  /// The run's folder, in which results are kept where no option says otherwise; nil for a model file.
  var folder: RunFolder? {
    run.flatMap { AtomicFile.obstacle(at: $0) == "a folder" ? RunFolder($0) : nil }
  }

  /// The file or folder.
  var path: String { external.model ?? run ?? "" }

  /// Opens the run; nil where another program's model was given.
  ///
  /// - Parameter further: settings that count after those of the options.
  func openRun(
    with further: [ConfigurationOverride] = [], for group: ProcessGroup? = nil
  ) throws -> Run? {
    guard let run else { return nil }
    compute.prepare()
    return try Run.open(
      run, overrides: configuration.overrides() + further, device: compute.device, group: group)
  }

  /// Opens the run, or the model, which is tried on its data.
  func open(
    with data: DataOptions, for group: ProcessGroup? = nil
  ) throws -> any EvaluationSubject {
    if let run = try openRun(for: group) { return run }
    compute.prepare()
    return try external.open(in: data.locations, device: compute.device ?? "cpu")
  }
}
