import Datasets
import Failures
import Foundation
import Runs
import SparseRecovery
import Tensors

extension ProblemFile {
  /// A problem from the arrays `matrix` and `measurements` of a MATLAB or a safetensors file, which the
  /// ending `.mat` tells apart: files of MATLAB 4 have no mark.
  ///
  /// - Throws: `Failure` of kind `malformed`, or as `init(contentsOf:)`.
  package static func read(_ path: String) throws -> ProblemFile {
    guard isMATLAB(path) else { return try ProblemFile(contentsOf: path) }
    let file = try matlab(path)
    let measurements = try tensor("measurements", of: file, path)
    // A vector of MATLAB's is a matrix of one column.
    return try ProblemFile(
      matrix: tensor("matrix", of: file, path),
      measurements: measurements.shape[1] == 1 ? measurements.reshaped([-1]) : measurements,
      path: path)
  }

  /// The matrix alone [m, n], of a file of any kind.
  ///
  /// - Throws: as `read(_:)`, `Failure`.
  package static func readMatrix(_ path: String) throws -> Tensor {
    guard isMATLAB(path) else { return try matrix(at: path) }
    return try checked(matrix: tensor("matrix", of: matlab(path), path), at: path)
  }

  private static func isMATLAB(_ path: String) -> Bool {
    URL(fileURLWithPath: path).pathExtension.lowercased() == "mat"
  }

  private static func matlab(_ path: String) throws -> MATFile {
    try MATFile(content: content(of: path), location: path)
  }

  /// An array of two axes, in float64.
  private static func tensor(_ name: String, of file: MATFile, _ path: String) throws -> Tensor {
    let array = try file.array(named: name, limit: 1 << 32)
    let numbers =
      switch array.elements {
      case .bytes(let bytes): bytes.map(Double.init)
      case .numbers(let numbers): numbers
      }
    // The first axis varies fastest.
    guard array.sizes.count == 2 else {
      throw Failure(
        at: path, expected: "a matrix \(name)", found: "an array of \(array.sizes.count) axes",
        remedy: "Save matrix [m, n] and measurements [m, B].")
    }
    return Tensor(numbers, shape: array.sizes.reversed()).transposed.contiguous()
  }
}
