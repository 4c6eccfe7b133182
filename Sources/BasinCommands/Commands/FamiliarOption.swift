import Catalogs
import Runs

/// An option that the tool does not have, as users of other tools may write it.
struct FamiliarOption {
  private let name: String
  private let value: String?

  init(_ name: String, value: String?) {
    self.name = name.replacing("_", with: "-")
    self.value = value
  }

  /// What training scripts and command lines elsewhere call things, by what they are called here:
  /// an option, or the last part of a setting.
  private static let synonyms = [
    "lr": "learning-rate", "learningrate": "learning-rate", "wd": "weight-decay",
    "bs": "batch-size", "batch": "batch-size", "batchsize": "batch-size", "optim": "optimizer",
    "opt": "optimizer", "gamma": "factor", "clip": "gradient-clipping",
    "clip-grad": "gradient-clipping", "grad-clip": "gradient-clipping",
    "num-epochs": "epochs", "n-epochs": "epochs", "nepochs": "epochs", "max-epochs": "epochs",
    "epoch": "epochs", "arch": "method", "model": "method", "network": "method",
    "dataset": "data", "dataroot": "data-root", "data-dir": "data-root",
    "data-path": "data-root", "datadir": "data-root", "root": "data-root",
    "output": "out", "output-dir": "out", "save": "out", "save-dir": "out", "name": "out",
    "checkpoint": "resume", "ckpt": "resume", "resume-from": "resume", "continue": "resume",
    "random-seed": "seed", "manual-seed": "seed",
    "eps": "epsilons", "epsilon": "epsilons", "attack": "attacks", "corruption": "corruptions",
    "severity": "severities", "threat": "norm", "n-ex": "limit", "n-examples": "limit",
    "num-samples": "limit", "max-samples": "limit", "samples": "limit",
    "workers": "threads", "num-workers": "threads", "jobs": "threads", "num-threads": "threads",
    "nproc": "processes", "nproc-per-node": "processes", "world-size": "processes",
    "ode-solver": "solver", "integrator": "solver", "rtol": "relative-tolerance",
    "atol": "absolute-tolerance", "dtype": "precision", "augment": "augmentation",
    "val-split": "validation-fraction", "lambda": "penalty",
  ]

  /// What is said here by an option with a value of its own.
  private static let phrases = [
    "gpu": "--device cuda", "gpus": "--device cuda", "cuda": "--device cuda",
    "cpu": "--device cpu", "no-cuda": "--device cpu", "json": "--format json",
    "amp": "--set training.precision=mixed", "bf16": "--set training.precision=mixed",
    "mixed-precision": "--set training.precision=mixed",
    "fp64": "--set precision=float64", "double": "--set precision=float64",
  ]

  /// How the same is said to a command: as an option, as a setting, or as the option whose name is
  /// nearest; nil if there is nothing like it.
  func equivalent(in command: CommandOutline) -> String? {
    if let phrase = Self.phrases[name],
      command.option(String(phrase.dropFirst(2).prefix { $0 != " " })) != nil
    {
      return phrase
    }
    let names = [name] + [Self.synonyms[name]].compactMap { $0 }
    if let option = names.first(where: { command.option($0) != nil }) { return spelled(option) }
    if command.option("set") != nil,
      let key = names.lazy.compactMap({ Self.setting(calledLike: $0) }).first
    {
      return "--set \(key)=\(value ?? "VALUE")"
    }
    return name.nearestName(of: command.optionNames).map(spelled)
  }

  private func spelled(_ option: String) -> String {
    "--\(option)" + (value.map { " \($0)" } ?? "")
  }

  /// The setting whose last part is a name, apart from capitals and hyphens.
  private static func setting(calledLike name: String) -> String? {
    let letters = name.filter { $0 != "-" }
    let keys = (try? Configuration.defaults().tree.leaves.map(\.key)) ?? []
    return keys.first { $0.split(separator: ".").last?.lowercased() == letters }
  }
}
