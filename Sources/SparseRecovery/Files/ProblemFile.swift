import Failures
import Files
import Foundation
import NeuralNetworks
import Tensors

/// A matrix and measurements as a user stores them.
public struct ProblemFile: Sendable {
  /// [m, n], float64.
  public let matrix: Tensor
  /// [m, B], float64.
  public let measurements: Tensor
  /// Whether the measurements were given as a vector.
  public let isVector: Bool

  /// From the tensors `matrix` and `measurements` of a safetensors file.
  ///
  /// - Throws: `Failure`.
  public init(contentsOf path: String) throws {
    let tensors = try SafeTensors(contentsOf: path).tensors
    guard let matrix = tensors["matrix"], let measurements = tensors["measurements"] else {
      throw Self.missing("the tensors matrix and measurements", in: tensors, path)
    }
    try self.init(matrix: matrix, measurements: measurements, at: path, path)
  }

  /// From two files, .npy or .csv each.
  ///
  /// - Throws: `Failure`.
  public init(matrix: String, measurements: String) throws {
    try self.init(
      matrix: Self.array(at: matrix), measurements: Self.array(at: measurements), at: matrix,
      measurements)
  }

  /// The matrix alone [m, n], of a file of any of these kinds.
  ///
  /// - Throws: `Failure` if the file is missing, damaged or has no matrix of finite numbers.
  public static func matrix(at path: String) throws -> Tensor {
    let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard ending == "safetensors" else {
      return try checked(matrix: array(at: path), at: path)
    }
    let tensors = try SafeTensors(contentsOf: path).tensors
    guard let matrix = tensors["matrix"] else {
      throw missing("the tensor matrix", in: tensors, path)
    }
    return try checked(matrix: matrix, at: path)
  }

  /// From a matrix [m, n] and measurements, [m] or [m, B], that a file has.
  package init(matrix: Tensor, measurements: Tensor, path: String) throws(Failure) {
    try self.init(matrix: matrix, measurements: measurements, at: path, path)
  }

  private init(
    matrix: Tensor, measurements: Tensor, at matrixPath: String, _ measurementPath: String
  ) throws(Failure) {
    let matrix = try Self.checked(matrix: matrix, at: matrixPath)
    let isVector =
      measurements.rank == 1
      || (measurements.rank == 2 && measurements.shape[0] == 1 && matrix.shape[0] > 1)
    let columns = isVector ? measurements.reshaped([-1, 1]) : measurements
    guard columns.rank == 2, columns.shape[0] == matrix.shape[0], columns.shape[1] > 0 else {
      throw Self.malformed(
        measurementPath, "\(matrix.shape[0]) measurements, as the matrix has rows",
        "shape \(measurements.shape)")
    }
    self.matrix = matrix
    self.measurements = try Self.finite(columns, at: measurementPath)
    self.isVector = isVector
  }

  /// A matrix of finite numbers, in float64.
  package static func checked(
    matrix: Tensor, at path: String
  ) throws(Failure) -> Tensor {
    guard matrix.rank == 2, matrix.count > 0 else {
      throw malformed(path, "a matrix", "shape \(matrix.shape)")
    }
    return try finite(matrix, at: path)
  }

  /// In float64.
  private static func finite(_ tensor: Tensor, at path: String) throws(Failure)
    -> Tensor
  {
    let numbers = tensor.to(.float64)
    guard numbers.isFinite.all().item != 0 else {
      throw malformed(path, "finite numbers", "a NaN or an infinite number")
    }
    return numbers
  }

  private static func malformed(
    _ path: String, _ expected: String, _ found: String
  ) -> Failure {
    Failure(
      .malformed, at: path, expected: expected, found: found,
      remedy: "Give a matrix [m, n] and measurements [m] or [m, B], all finite numbers.")
  }

  private static func missing(
    _ expected: String, in tensors: [String: Tensor], _ path: String
  ) -> Failure {
    Failure(
      .malformed, at: path, expected: expected,
      found: tensors.isEmpty ? "none" : tensors.keys.sorted().joined(separator: ", "),
      remedy: "Save them under these names.")
  }

  /// The bytes of a file that is given by its path.
  package static func content(of path: String) throws(Failure) -> [UInt8] {
    do {
      return try RegularFile.content(of: path)
    } catch {
      throw error.restated(
        .missing, expected: "a readable file", remedy: "Give the path of a file.")
    }
  }

  private static func array(at path: String) throws -> Tensor {
    let content = try content(of: path)
    let kind = FileKind(of: content)
    switch (kind, URL(fileURLWithPath: path).pathExtension.lowercased()) {
    case (.numPy, _), (_, "npy"): return try NumPyArray(bytes: content, path: path).tensor
    case (_, "csv"), (_, "txt"): return try DelimitedText(content: content, path: path).tensor
    default:
      throw Failure(
        .malformed, at: path, expected: "a .npy or .csv file",
        found: kind?.rawValue ?? "another ending",
        remedy: "Convert the file, or give a safetensors or MATLAB file to --input.")
    }
  }
}
