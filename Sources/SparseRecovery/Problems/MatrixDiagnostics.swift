import Foundation
import Tensors

/// What can be said of a matrix's fitness for sparse recovery without solving NP-hard problems.
///
/// Each property says on which side of the true constant it lies, and lies there in floating point
/// too: bounds give way by what rounding may have done. Null vectors are those to rounding, and so is
/// what is said of them.
public struct MatrixDiagnostics: Sendable, Codable, Hashable {
  /// The largest |⟨a_i, a_j⟩| / ‖a_i‖‖a_j‖ of two columns, to rounding.
  public let coherence: Double
  /// l₁ recovers every signal with up to this many elements: sufficient, and usually far too careful.
  ///
  /// With μ_i = max |⟨a_i, a_j⟩| / ‖a_i‖² over j ≠ i, a null vector h has ‖a_i‖² |h_i| ≤
  /// Σ |⟨a_i, a_j⟩| |h_j|, so |h_i| ≤ μ_i/(1 + μ_i) ‖h‖₁. Where the k largest of these shares add up to less
  /// than ½, no k elements hold half of ‖h‖₁, which is what l₁ needs. For columns of length 1 and their
  /// coherence μ that is k < (1 + 1/μ) / 2 (Donoho, Elad 2003); our derivation for others. At equality two
  /// signals may measure alike, so the greatest k *below* counts. 0 with a column of zeros, of whose
  /// element nothing is measured.
  public let coherenceSparsity: Int
  /// k of the following.
  public let sparsity: Int
  /// Largest deviation from 1 of an eigenvalue of A_S'A_S over sampled supports |S| = k: a *lower*
  /// bound of the restricted isometry constant δ_k. An upper one is (k - 1) · coherence for columns
  /// of length 1.
  public let isometryLowerBound: Double
  /// Largest ‖h_S‖₁ / ‖h - h_S‖₁ over sampled h in the null space, S being the k largest elements:
  /// a *lower* bound of the null-space constant. At 1 or above, l₁ is proven to fail for some
  /// signal; below 1 nothing is proven.
  public let nullSpaceLowerBound: Double
  /// The same for Σ|h|^½, of which the null-space property of l½ and of the ratio's numerator is
  /// made.
  public let halfNullSpaceLowerBound: Double

  /// Whether some signal of k elements is not the only one of least l₁ norm with its measurements:
  /// the null-space constant is at least 1, to rounding.
  public var isL1Refuted: Bool { nullSpaceLowerBound >= 1 - 1e-9 }

  /// - Parameters:
  ///   - samples: supports and null vectors tried.
  public init(
    of matrix: Tensor, sparsity k: Int, samples: Int = 200, generator: RandomGenerator
  ) {
    let a = matrix.to(.float64)
    precondition(
      (1..<a.shape[1]).contains(k), "diagnostics for \(k) of \(a.shape[1]) elements")
    let columns = ColumnProducts(of: a)
    coherence = columns.coherence
    coherenceSparsity = columns.sparsity
    sparsity = k
    isometryLowerBound = Self.isometry(of: a, k, samples: samples, generator)
    let h = NullVectors(of: a, sparsity: k, count: samples, generator: generator).magnitudes
    nullSpaceLowerBound = Self.concentration(of: h, k)
    halfNullSpaceLowerBound = Self.concentration(of: h.squareRoot, k)
  }

  private static func isometry(
    of matrix: Tensor, _ k: Int, samples: Int, _ generator: RandomGenerator
  ) -> Double {
    let exponent = BinaryScale.exponent(ofLargest: matrix.magnitude.max().item)
    let a = matrix.scaled(byTwoToThe: -exponent)
    var isometry = 0.0
    for _ in 0..<samples {
      let support = generator.permutation(a.shape[1]).sliced(0..<k)
      let part = a.selecting(support, along: 1)
      let l = part.transposed.matmul(part).symmetricEigen.values.doubles
      // What products of m numbers and the decomposition of k rows may have moved eigenvalues by.
      let slack = Double((a.shape[0] + 10 * k) * k) * 0x1p-53 * l[k - 1]
      let (low, high) = (
        scalbn(l[0] + slack, 2 * exponent), scalbn(l[k - 1] - slack, 2 * exponent)
      )
      isometry = max(isometry, 1 - low, high - 1)
    }
    return min(isometry, .greatestFiniteMagnitude)
  }

  /// The largest share of the k largest elements beside that of the others, 0 of no vectors [n, 0].
  private static func concentration(of sizes: Tensor, _ k: Int) -> Double {
    let (n, count) = (sizes.shape[0], sizes.shape[1])
    if count == 0 { return 0 }
    let sorted = sizes.sorted(along: 0, descending: true).values
    let top = sorted.sliced(0..<k).columnSums
    let rest = sorted.sliced(k..<n).columnSums
    // Where nothing is left, the constant is infinite, and certainly above this.
    return (top / rest.maximum(top * 0x1p-52)).max().item
  }
}

/// The inner products of a matrix's columns.
private struct ColumnProducts {
  let coherence: Double
  /// The largest k whose shares add up to less than ½, from upper bounds of μ_i.
  let sparsity: Int

  init(of a: Tensor) {
    let (m, n) = (a.shape[0], a.shape[1])
    let exponents = BinaryScale.exponents(ofColumns: a)
    let scaled = a.scaledColumns(byTwoToThe: exponents.map { -$0 })
    let lengths = scaled.columnNorms
    let unit = scaled / lengths.positiveOrOne
    let others = 1 - Tensor.identity(n, dtype: .float64)
    let products = unit.transposed.matmul(unit).magnitude * others
    coherence = min(products.max().item, 1)
    guard (lengths .> 0).all().isTrue else {
      sparsity = 0
      return
    }
    // Rounding of the lengths, the quotients and the sums of m products.
    let share = Double(4 * (m + 8)) * 0x1p-53
    let sizes = unit.magnitude
    let bounds = products + sizes.transposed.matmul(sizes) * others * share
    // |⟨a_i, a_j⟩| / ‖a_i‖² of a pair is that of the unit columns times ‖a_j‖ / ‖a_i‖.
    let logarithms = (lengths.log + Tensor(exponents.map { Double($0) * log(2) })).squeezed(0)
    let ratios = (logarithms.unsqueezed(0) - logarithms.unsqueezed(1)).exp
    let mu = Tensor.select(bounds .<= 0, bounds, bounds * ratios).max(along: 1).doubles
    // Raised beyond the rounding of what follows; 1 where μ is infinite.
    let shares = mu.map { (1 - 1 / (1 + $0)) * (1 + 1e-9) }.sorted(by: >)
    var sum = 0.0
    sparsity = shares.count {
      sum += $0
      return sum < 0.5
    }
  }
}

/// Sampled vectors h with Ah = 0 to rounding, largely on few elements, where it hurts.
private struct NullVectors {
  /// |h| [n, found].
  let magnitudes: Tensor

  init(of matrix: Tensor, sparsity k: Int, count: Int, generator: RandomGenerator) {
    let n = matrix.shape[1]
    let order = generator.uniform([n, count], dtype: .float64)
    let limit = order.largest(k, along: 0).values[k - 1]
    var h = generator.normal([n, count], dtype: .float64) * (order .>= limit).to(.float64)
    // The null space does not depend on the lengths of rows. Their span is left by least squares, twice
    // for what rounding leaves.
    let rows = matrix.transposed
    let span = rows.scaledColumns(
      byTwoToThe: BinaryScale.exponents(ofColumns: rows).map { -$0 })
    for _ in 0..<2 { h = h - span.matmul(span.leastSquares(h)) }
    // A vector that only nearly vanishes under A proves nothing, nor does what rounding leaves of one.
    let image = span.transposed.matmul(h).columnNorms
    let isNull = (image .<= h.columnNorms * (span.norm.item * 1e-12)) .& (h.columnNorms .> 0)
    magnitudes = h.magnitude.selecting(isNull.squeezed(0).trueIndices, along: 1)
  }
}
