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
    #expect(throws: SparseRecoveryError.self) {
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
    #expect(throws: SparseRecoveryError.self) {
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
    #expect(good.coherence == 0 && good.isometryLowerBound < 1e-14)
    #expect(good.nullSpaceLowerBound == 0)
    // Two equal columns: (1, -1, 0, …) is a null vector, half of which is on one element.
    let columns = [identity, identity.sliced(0..<1, along: 1)]
    let twin = Tensor.concatenated(columns, along: 1)
    let bad = MatrixDiagnostics(of: twin, sparsity: 1, samples: 50, generator: generator)
    #expect(abs(bad.coherence - 1) < 1e-14 && bad.coherenceSparsity == 1)
    #expect(abs(bad.nullSpaceLowerBound - 1) < 1e-12)
    #expect(abs(bad.halfNullSpaceLowerBound - 1) < 1e-6)
    let pair = MatrixDiagnostics(of: twin, sparsity: 2, samples: 400, generator: generator)
    // The support of both has eigenvalues 0 and 2.
    #expect(abs(pair.isometryLowerBound - 1) < 1e-12)
  }
}
