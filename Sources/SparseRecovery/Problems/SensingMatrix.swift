import Failures
import Foundation
import Tensors

/// A random measurement matrix of a known kind.
public enum SensingMatrix: Sendable, Hashable, CustomStringConvertible {
  /// Independent normal elements, columns scaled to length 1.
  case gaussian
  /// Elements cos(2π w_i j / F) / √m with w uniform on [0, 1)ᵐ, j = 1 … n (Fannjiang, Liao 2012):
  /// neighbouring columns are the more alike the larger F is.
  case oversampledDCT(coherence: Double)
  /// Rows cos and sin of m/2 different frequencies of the real Fourier transform of length n,
  /// columns of length 1.
  case partialDFT

  /// A matrix [m, n] in float64.
  ///
  /// - Throws: `Failure` if the kind has no matrix of that size.
  public func draw(rows m: Int, columns n: Int, from generator: RandomGenerator)
    throws(Failure) -> Tensor
  {
    guard m >= 1, n >= 1 else {
      throw Failure(
        .invalidOption, at: "size", expected: "at least one row and column", found: "\(m) x \(n)",
        remedy: "Give other sizes.")
    }
    switch self {
    case .gaussian:
      let a = generator.normal([m, n], dtype: .float64)
      return a / a.columnNorms
    case .oversampledDCT(let coherence):
      let w = generator.uniform([m, 1], dtype: .float64)
      let j = (Tensor.range(n, dtype: .float64) + 1).unsqueezed(0)
      return (w * j * (2 * Double.pi / coherence)).cos / Double(m).squareRoot()
    case .partialDFT:
      guard m % 2 == 0, m / 2 <= (n - 1) / 2 else {
        throw Failure(
          .invalidOption, at: "size",
          expected: "an even number of rows below the number of columns, \(n)", found: "\(m)",
          remedy: "Give another number of rows.")
      }
      let chosen = generator.permutation((n - 1) / 2).sliced(0..<m / 2) + 1
      let j = Tensor.range(n, dtype: .float64).unsqueezed(0)
      let angle = chosen.to(.float64).unsqueezed(1) * j * (2 * Double.pi / Double(n))
      return Tensor.concatenated([angle.cos, angle.sin]) * (2 / Double(m)).squareRoot()
    }
  }

  public var description: String {
    switch self {
    case .gaussian: "Gaussian"
    case .oversampledDCT(let coherence): "DCT F=\(coherence.formatted(.number.grouping(.never)))"
    case .partialDFT: "partial DFT"
    }
  }
}
