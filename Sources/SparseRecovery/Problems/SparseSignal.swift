import Failures
import Foundation
import Tensors

/// Random vectors with k elements that are not 0.
public struct SparseSignal: Sendable, Hashable {
  /// k, the number of elements that are not 0.
  public var sparsity: Int
  /// Least distance between two such elements.
  public var spacing = 1
  /// Amplitudes are normal where nil, else ± 10^u with u uniform on [0, decades).
  public var decades: Double?

  /// Signals with k elements at places drawn at random.
  public init(sparsity: Int, spacing: Int = 1, decades: Double? = nil) {
    self.sparsity = sparsity
    self.spacing = spacing
    self.decades = decades
  }

  /// Vectors as the columns of [n, count], float64.
  ///
  /// - Throws: `Failure` if so many elements do not fit at this distance.
  public func draw(length n: Int, count: Int, from generator: RandomGenerator)
    throws(Failure) -> Tensor
  {
    // k elements at least s apart are k different ones of n - (k - 1)(s - 1), spread out again.
    let room = n - (sparsity - 1) * (spacing - 1)
    guard sparsity >= 1, spacing >= 1, sparsity <= room else {
      throw Failure(
        .invalidOption, at: "sparsity",
        expected: "at most \((n + spacing - 1) / max(spacing, 1)) elements \(spacing) apart",
        found: "\(sparsity)", remedy: "Give a smaller number, or more columns.")
    }
    let columns = (0..<count).map { _ -> Tensor in
      let order = generator.permutation(room).sliced(0..<sparsity).sorted(along: 0).values
      let places = order + Tensor.range(sparsity) * Double(spacing - 1)
      let amplitudes: Tensor
      if let decades {
        let exponents = generator.uniform([sparsity], dtype: .float64) * (decades * log(10.0))
        amplitudes = generator.normal([sparsity], dtype: .float64).sign * exponents.exp
      } else {
        amplitudes = generator.normal([sparsity], dtype: .float64)
      }
      return Tensor.zeros([n], dtype: .float64).replacing(at: places.to(.int64), with: amplitudes)
    }
    return Tensor.stacked(columns, along: 1)
  }
}
