import Failures
import Foundation
import SparseRecovery
import Tensors
import Testing

/// The problems that the studies draw, and what is said of matrices.
@Suite struct SensingTests {
  @Test func matricesAreOfTheirKind() throws {
    let generator = RandomGenerator(seed: 5)
    let gaussian = try SensingMatrix.gaussian.draw(rows: 30, columns: 80, from: generator)
    #expect((gaussian.norm(along: 0) - 1).magnitude.max().item < 1e-14)
    let dft = try SensingMatrix.partialDFT.draw(rows: 20, columns: 65, from: generator)
    #expect((dft.norm(along: 0) - 1).magnitude.max().item < 1e-12)
    // Rows of one transform are orthogonal.
    let gram = dft.matmul(dft.transposed)
    let expected = Tensor.identity(20, dtype: .float64) * (65.0 / 20)
    #expect((gram - expected).magnitude.max().item < 1e-11)
    let dct = SensingMatrix.oversampledDCT(coherence: 10)
    let a = try dct.draw(rows: 40, columns: 100, from: generator)
    // cos 2π w j / F is the Chebyshev polynomial T_j of the first column.
    let first = a.sliced(0..<1, along: 1) * 40.0.squareRoot()
    let second = a.sliced(1..<2, along: 1) * 40.0.squareRoot()
    #expect((first.squared * 2 - 1 - second).magnitude.max().item < 1e-12)
    #expect(throws: Failure.self) {
      try SensingMatrix.partialDFT.draw(rows: 21, columns: 65, from: generator)
    }
  }

  @Test func signalsKeepTheirDistance() throws {
    let generator = RandomGenerator(seed: 6)
    let x = try SparseSignal(sparsity: 9, spacing: 20, decades: 3)
      .draw(length: 200, count: 40, from: generator)
    for column in 0..<40 {
      let values = x.sliced(column..<column + 1, along: 1).squeezed(1)
      let places = (values .!= 0).trueIndices.integers
      #expect(places.count == 9)
      for (a, b) in zip(places, places.dropFirst()) { #expect(b - a >= 20) }
    }
    let sizes = x.magnitude
    #expect(sizes.max().item < 1000 && sizes.max().item > 100)
    #expect(Tensor.select(sizes .> 0, sizes, sizes + 10).min().item >= 1)
    #expect(throws: Failure.self) {
      try SparseSignal(sparsity: 12, spacing: 20).draw(length: 200, count: 1, from: generator)
    }
  }

  @Test func noiseHasItsLevel() {
    let generator = RandomGenerator(seed: 7)
    let b = generator.normal([50, 4], dtype: .float64)
    let noisy = MeasurementNoise.adding(decibels: 23, to: b, from: generator)
    for level in MeasurementNoise.signalToError(of: noisy, truth: b) {
      #expect(abs(level - 23) < 1e-10)
    }
  }

  @Test func diagnosticsOfKnownMatrices() {
    let generator = RandomGenerator(seed: 8)
    // Orthonormal columns: no coherence, isometry exact, no null space.
    let identity = Tensor.identity(6, dtype: .float64)
    let good = MatrixDiagnostics(of: identity, sparsity: 2, samples: 20, generator: generator)
    #expect(good.coherence == 0 && good.isometryLowerBound == 0 && good.coherenceSparsity == 6)
    #expect(good.nullSpaceLowerBound == 0 && !good.isL1Refuted)
    // Two equal columns: (1, -1, 0, …) is a null vector, half of which is on one element.
    let columns = [identity, identity.sliced(0..<1, along: 1)]
    let twin = Tensor.concatenated(columns, along: 1)
    let bad = MatrixDiagnostics(of: twin, sparsity: 1, samples: 50, generator: generator)
    #expect(abs(bad.coherence - 1) < 1e-14 && bad.coherenceSparsity == 0)
    #expect(abs(bad.nullSpaceLowerBound - 1) < 1e-12 && bad.isL1Refuted)
    #expect(abs(bad.halfNullSpaceLowerBound - 1) < 1e-6)
    let pair = MatrixDiagnostics(of: twin, sparsity: 2, samples: 400, generator: generator)
    // The support of both has eigenvalues 0 and 2.
    #expect(pair.isometryLowerBound <= 1 && pair.isometryLowerBound > 1 - 1e-12)
    // 2I has the eigenvalue 4.
    let double = MatrixDiagnostics(of: identity * 2, sparsity: 2, samples: 5, generator: generator)
    #expect(double.isometryLowerBound <= 3 && double.isometryLowerBound > 3 - 1e-12)
  }

  private func diagnose(
    _ matrix: Tensor, sparsity: Int = 1, seed: UInt64 = 9
  ) -> MatrixDiagnostics {
    MatrixDiagnostics(
      of: matrix, sparsity: sparsity, samples: 20, generator: RandomGenerator(seed: seed))
  }

  /// m + 1 vertices of a simplex in m dimensions have μ = 1/m, so k < (m + 1)/2 elements are certain.
  /// Their sum is 0: (1, …, 1) is the null vector, half of which is on (m + 1)/2 elements where m is
  /// odd, so that no more can be.
  @Test(arguments: 1...9)
  func coherenceBoundIsSharpOnSimplices(m: Int) {
    // Rows orthogonal to (1, …, 1): j ones, then -j.
    let rows = (1...m).map { j -> [Double] in
      let length = Double(j * (j + 1)).squareRoot()
      return (0...m).map { $0 < j ? 1 / length : $0 == j ? -Double(j) / length : 0 }
    }
    let simplex = Tensor(rows.flatMap { $0 }, shape: [m, m + 1])
    let found = diagnose(simplex, sparsity: max(1, (m + 1) / 2))
    #expect(abs(found.coherence - 1 / Double(m)) < 1e-14)
    #expect(found.coherenceSparsity == m / 2)
    let half = Double((m + 1) / 2)
    if m > 1 || half == 1 {
      #expect(abs(found.nullSpaceLowerBound - half / (Double(m + 1) - half)) < 1e-12)
      #expect(found.isL1Refuted == (m % 2 == 1))
    }
  }

  /// A multiple of a column is parallel to it whatever rounding makes of their coherence.
  @Test func parallelColumnsGuaranteeNothing() {
    for seed in 0..<200 as Range<UInt64> {
      let generator = RandomGenerator(seed: seed)
      let column = generator.normal([7, 1], dtype: .float64)
      let factor = generator.uniform([1], in: 0.1..<9, dtype: .float64)
      let matrix = Tensor.concatenated([column, column * factor], along: 1)
      #expect(diagnose(matrix).coherenceSparsity == 0)
    }
  }

  /// Coherence is of columns scaled to length 1, but signals are not: a short column is dear. e_3 measures
  /// (0.1, 0.1), which 0.1 e_1 + 0.1 e_2 does at a fifth of the norm.
  @Test func lengthsOfColumnsCount() throws {
    let matrix = Tensor([1, 0, 0.1, 0, 1, 0.1], shape: [2, 3])
    let found = diagnose(matrix)
    #expect(abs(found.coherence - 0.5.squareRoot()) < 1e-15)
    #expect(found.coherenceSparsity == 0 && found.isL1Refuted)
    let problem = try SparseProblem(
      FactoredMatrix(matrix), measurements: Tensor([0.1, 0.1], shape: [2, 1]), fidelity: .equality)
    let x = try SplittingSolver(.l1).solve(problem).coefficients.doubles
    for (a, b) in zip(x, [0.1, 0.1, 0]) { #expect(abs(a - b) < 1e-6) }
    // Shares of 0.3/1.3, 0.15/1.15 and 0.6/4.78, which are less than half together.
    let mixed = Tensor([1, 0, 0.3, 0, 2, 0.3, 0, 0, 2], shape: [3, 3])
    #expect(diagnose(mixed).coherenceSparsity == 3)
  }

  /// A column of zeros leaves its element unmeasured, and is orthogonal to all others.
  @Test func zeroColumnsGuaranteeNothing() {
    let found = diagnose(Tensor([1, 0, 0, 0, 1, 0], shape: [2, 3]))
    #expect(found.coherence == 0 && found.coherenceSparsity == 0)
    #expect(found.isL1Refuted && found.nullSpaceLowerBound.isFinite)
  }

  /// A matrix that can be inverted has no null vectors, however short its columns are.
  @Test(arguments: [1, 1e-7, 1e-12, 1e-40, 1e-200, 1e200])
  func nearlyNullVectorsAreNotNull(size: Double) {
    let found = diagnose(Tensor([1, 0, 0, size], shape: [2, 2]))
    #expect(found.nullSpaceLowerBound == 0 && found.halfNullSpaceLowerBound == 0)
    #expect(found.coherenceSparsity == 2)
    // Rows of any length have the same null vectors.
    let rows = Tensor([1, 1, 0, 0, 0, size], shape: [2, 3])
    #expect(abs(diagnose(rows).nullSpaceLowerBound - 1) < 1e-12)
  }

  /// Tall matrices have null vectors where columns depend on each other.
  @Test func tallMatricesHaveNullVectorsToo() throws {
    let a = RandomGenerator(seed: 10).normal([9, 3], dtype: .float64)
    #expect(diagnose(a).nullSpaceLowerBound == 0)
    let twin = Tensor.concatenated([a, a.sliced(0..<1, along: 1)], along: 1)
    #expect(abs(diagnose(twin).nullSpaceLowerBound - 1) < 1e-12)
  }

  /// But for the isometry, which knows the size of A, constants have no unit.
  @Test(arguments: [133, -133, 515, -565, 1000, -1000])
  func diagnosticsDoNotDependOnUnits(exponent: Int) {
    let a = RandomGenerator(seed: 11).normal([6, 12], dtype: .float64)
    let (one, other) = (diagnose(a, sparsity: 2), diagnose(a.timesTwo(to: exponent), sparsity: 2))
    #expect(abs(one.coherence - other.coherence) < 1e-14)
    #expect(one.coherenceSparsity == other.coherenceSparsity)
    #expect(abs(one.nullSpaceLowerBound - other.nullSpaceLowerBound) < 1e-9)
    #expect(other.isometryLowerBound.isFinite)
    #expect(exponent > 0 ? other.isometryLowerBound > 1e70 : other.isometryLowerBound == 1)
  }
}
