import Foundation
import SparseRecovery
import Tensors
import Testing

/// The fused iterations against the plain ones, and properties of the whole solver.
@Suite struct SplittingTests {
  private func states(_ seed: UInt64) throws -> [SplittingState] {
    let generator = RandomGenerator(seed: seed)
    return try [(12, 30), (30, 12)].flatMap { m, n -> [SplittingState] in
      let a = try SensingMatrix.gaussian.draw(rows: m, columns: n, from: generator)
      let matrix = FactoredMatrix(a)
      let x = try SparseSignal(sparsity: 4).draw(length: n, count: 6, from: generator)
      let start = (x + generator.normal([n, 6], dtype: .float64) * 0.05).transposed
      let targets = start.matmul(matrix.basis) / matrix.eigenvalues
      let row = Tensor.ones([6], dtype: .float64)
      var all: [SplittingState] = []
      for fidelity in [SplittingState.Fidelity.leastSquares, .equality, .ball] {
        for (isHalf, kappa) in [(false, nil), (true, nil), (false, 1), (true, 0.2)] {
          for offset in [nil, generator.normal([6, n], dtype: .float64) * 0.1] {
            all.append(
              SplittingState(
                basis: matrix.basis, roundedBasis: matrix.roundedBasis,
                eigenvalues: matrix.eigenvalues, floor: matrix.floor,
                targets: targets, start: start * 0.9, fidelity: fidelity, isHalf: isHalf,
                kappa: kappa, rho: row * 3, weight: row * 0.2, radius: row * 0.05, offset: offset))
          }
        }
      }
      return all
    }
  }

  /// The first iteration of a call is exact, and so is every iteration in a call of its own; later
  /// ones of a call round what has changed to float32.
  @Test(arguments: [(7, 1, 1e-11), (1, 7, 1e-5)])
  func fusedIterationsEqualPlainOnes(calls: Int, count: Int, tolerance: Double) throws {
    for state in try states(1) {
      var plain = state.selecting(Tensor.range(6))
      for _ in 0..<calls { state.advance(by: count) }
      plain.advancePlainly(by: 7)
      for path in [\SplittingState.x, \.z, \.w, \.hz, \.hw] {
        let gap = (state[keyPath: path] - plain[keyPath: path]).magnitude.max().item
        #expect(gap < tolerance, "\(path) \(state.fidelity) \(state.isHalf) \(state.kappa ?? 0)")
      }
      let scalars = (state.scalars - plain.scalars).magnitude.max().item
      #expect(scalars < tolerance, "scalars \(state.fidelity) \(state.isHalf)")
    }
  }
}
