import ArgumentParser
import Methods
import Runs

/// What is trained, on what and how long, as options beside the settings.
struct TrainingOptions: ParsableArguments {
  @Option(help: .init("\(MethodCatalog.names).", valueName: "name"))
  var method: String?

  @Option(
    help: .init("One of `basin data list`, folder:PATH or arrays:TRAIN,TEST.", valueName: "name"))
  var data: String?

  @Option(help: .init("Passes over the training samples.", valueName: "n"))
  var epochs: Int?

  /// The options as settings.
  var settings: [ConfigurationOverride?] {
    [
      .flag("--method", "method", value: method), .flag("--data", "data", "name", value: data),
      .flag("--epochs", "training", "epochs", value: epochs),
    ]
  }
}

extension MethodCatalog {
  fileprivate static var names: String { all.map { $0.name }.joined(separator: ", ") }
}
