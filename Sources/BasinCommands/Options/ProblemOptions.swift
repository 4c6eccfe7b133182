import ArgumentParser
import SparseRecovery
import Studies

/// A problem of sparse recovery in files.
struct ProblemOptions: ParsableArguments {
  @Option(
    help: .init("A safetensors or MATLAB file with matrix and measurements.", valueName: "file"))
  var input: String?

  @Option(help: .init("The matrix, a .npy or .csv file.", valueName: "file"))
  var matrix: String?

  @Option(help: .init("The measurements, a .npy or .csv file.", valueName: "file"))
  var measurements: String?

  func validate() throws {
    guard (input != nil) != (matrix != nil && measurements != nil),
      input == nil || (matrix == nil && measurements == nil)
    else {
      throw ValidationError("give either --input, or both --matrix and --measurements")
    }
  }

  var sources: [CommandFiles.Source] {
    [input, matrix, measurements].compactMap { $0.map(CommandFiles.Source.path) }
  }

  /// Reads the files.
  func read() throws -> ProblemFile {
    if let input {
      try ProblemFile.read(input)
    } else {
      try ProblemFile(matrix: matrix!, measurements: measurements!)
    }
  }
}
