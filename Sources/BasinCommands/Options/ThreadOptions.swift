import ArgumentParser
import Tensors

/// How many threads sparse recovery takes: its matrices are small, so one is the default.
struct ThreadOptions: ParsableArguments {
  @Option(help: .init("Threads of one operation.", valueName: "n"))
  var threads = 1

  func validate() throws {
    guard threads >= 1 else {
      throw ValidationError("--threads: expected at least 1, found \(threads)")
    }
  }

  /// Called once, before the first tensor.
  func prepare() {
    Torch.threadCount = threads
    Torch.keepMemory()
  }
}
