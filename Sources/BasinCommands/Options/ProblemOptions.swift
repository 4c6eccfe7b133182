import ArgumentParser
import SparseRecovery
import Tensors

/// A problem of sparse recovery in files.
struct ProblemOptions: ParsableArguments {
  @Option(
    help: .init("A safetensors file with matrix and measurements.", valueName: "file"))
  var input: String?

  @Option(help: .init("The matrix, a .npy or .csv file.", valueName: "file"))
  var matrix: String?

  @Option(help: .init("The measurements, a .npy or .csv file.", valueName: "file"))
  var measurements: String?

  @Option(help: .init("Threads of one operation.", valueName: "n"))
  var threads = 1

  func validate() throws {
    guard (input != nil) != (matrix != nil && measurements != nil),
      input == nil || (matrix == nil && measurements == nil)
    else {
      throw ValidationError("give either --input, or both --matrix and --measurements")
    }
    guard threads >= 1 else {
      throw ValidationError("--threads: expected at least 1, found \(threads)")
    }
  }

  /// Reads the files. Called once, before the first tensor.
  func problem() throws -> ProblemFile {
    Torch.threadCount = threads
    return if let input {
      try ProblemFile(contentsOf: input)
    } else {
      try ProblemFile(matrix: matrix!, measurements: measurements!)
    }
  }
}
