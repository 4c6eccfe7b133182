import Failures
import Tensors

/// A kind of problem to be drawn many times.
public struct SensingCell: Sendable, Hashable {
  /// The kind of matrix A.
  public var matrix: SensingMatrix
  /// m, the number of measurements.
  public var rows: Int
  /// n, the length of signals.
  public var columns: Int
  /// The kind of signal.
  public var signal: SparseSignal
  /// Of every random draw, together with the matrix's number, m, n and k.
  public var seed: UInt64

  /// Signals of `sparsity` elements; of an oversampled DCT these are at least twice its coherence
  /// apart.
  public init(
    _ matrix: SensingMatrix, rows: Int, columns: Int, sparsity: Int, decades: Double? = nil,
    seed: UInt64 = 0
  ) {
    self.matrix = matrix
    self.rows = rows
    self.columns = columns
    var spacing = 1
    if case .oversampledDCT(let coherence) = matrix { spacing = max(1, Int(2 * coherence)) }
    signal = SparseSignal(sparsity: sparsity, spacing: spacing, decades: decades)
    self.seed = seed
  }

  /// The matrix of a number, and so many signals [n, count] measured by it.
  ///
  /// - Throws: `Failure` if there are no such matrices or signals.
  public func draw(_ number: Int, signals count: Int) throws(Failure) -> (
    matrix: FactoredMatrix, signals: Tensor
  ) {
    let generator = RandomGenerator(
      seed: seed, keys: UInt64(number), UInt64(rows), UInt64(columns), UInt64(signal.sparsity))
    let a = try matrix.draw(rows: rows, columns: columns, from: generator)
    let x = try signal.draw(length: columns, count: count, from: generator)
    return (FactoredMatrix(a), x)
  }

  /// What the matrix of a number measures of its signals, with noise at a level [m, count].
  func noisyMeasurements(
    of drawn: (matrix: FactoredMatrix, signals: Tensor), _ number: Int, decibels: Double
  ) -> Tensor {
    MeasurementNoise.adding(
      decibels: decibels, to: drawn.matrix.matrix.matmul(drawn.signals),
      from: RandomGenerator(seed: seed, keys: UInt64(number), 1))
  }
}
