import ArgumentParser
import Settings
import Tensors

/// How many threads work on small matrices takes, for which one is the default.
struct ThreadOptions: ParsableArguments {
  @Option(help: .init("Threads of one operation.", valueName: "n"))
  var threads = 1

  func validate() throws {
    try SettingRange.threads.require("--threads", threads)
  }

  /// Called once, before the first tensor.
  func prepare() {
    Torch.threadCount = threads
    Torch.keepMemory()
  }
}
