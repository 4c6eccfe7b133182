import Failures
import Foundation
import SparseRecovery
import Tensors
import Testing

extension Tensor {
  /// Each element times 2^e, also where 2^e is not a number.
  func timesTwo(to exponent: Int) -> Tensor {
    Tensor(doubles.map { scalbn($0, exponent) }, shape: shape)
  }
}

/// Solutions do not depend on the units of A and b, from denormal numbers to those whose squares
/// overflow.
@Suite struct ScaleTests {
  private static let matrix = Tensor((0..<60).map(element), shape: [6, 10])

  private static func element(_ place: Int) -> Double {
    let (i, j) = (Double(place / 10), Double(place % 10))
    let angle: Double = 1.3 * (i + 1) * (j + 2) + 0.7 * i
    return cos(angle)
  }

  private static let truth = Tensor([0, 0, 3, 0, 0, 0, 0, -1.5, 0, 0], shape: [10, 1])
  private static let measurements = matrix.matmul(truth)

  /// Exponents of A and b.
  private static let units = [
    (133, 133), (-133, -133), (515, 515), (-565, -565), (0, 700), (0, -700), (400, -300),
    (-300, 400),
    (-1000, 0), (20, 0),
  ]

  private func solve(
    _ solver: any SparseSolver, _ units: (a: Int, b: Int), _ fidelity: DataFidelity
  ) throws -> SparseSolution {
    try solver.solve(
      SparseProblem(
        FactoredMatrix(Self.matrix.timesTwo(to: units.a)),
        measurements: Self.measurements.timesTwo(to: units.b), fidelity: fidelity))
  }

  private func expect(
    _ found: SparseSolution, _ units: (a: Int, b: Int), like one: SparseSolution, _ comment: String
  ) {
    let x = found.coefficients.timesTwo(to: units.a - units.b)
    let gap = (x - one.coefficients).magnitude.max().item
    // A point that rounding puts just outside of a ball enters it by a margin of 1e-9 of the radius.
    #expect(gap < 1e-8, "\(comment), units \(units)")
    #expect(found.iterations == one.iterations && found.isConverged == one.isConverged)
    #expect(abs(scalbn(found.residuals[0], -units.b) - one.residuals[0]) < 1e-9)
    #expect(abs(scalbn(found.scales[0], units.a - units.b) / one.scales[0] - 1) < 1e-9)
  }

  @Test(arguments: RecoveryMethod.allCases)
  func constrainedSolutionsHaveTheUnitsOfTheData(method: RecoveryMethod) throws {
    for radius in [nil, 0.125] {
      func fidelity(_ exponent: Int) -> DataFidelity {
        radius.map { .ball(radius: scalbn($0, exponent)) } ?? .equality
      }
      let solver = method.solver(for: .equality)
      let one = try solve(solver, (0, 0), fidelity(0))
      if radius == nil {
        #expect((one.coefficients - Self.truth).magnitude.max().item < 1e-6)
      }
      for units in Self.units {
        expect(
          try solve(solver, units, fidelity(units.1)), units, like: one,
          "\(method) \(fidelity(units.1))")
      }
    }
  }

  /// λ of the objective as it stands has a unit: that of ‖b‖² over that of P.
  @Test(
    arguments: zip(
      [RecoveryMethod.l1, .l1MinusL2, .l1OverL2, .lHalf, .ratio], [1, 1, 0, 0.5, 0] as [Double]))
  func absoluteWeightsHaveTheirUnit(method: RecoveryMethod, degree: Double) throws {
    let solver = method.solver(for: .regularized(1))
    let one = try solve(solver, (0, 0), .regularized(.init(1e-3, .absolute)))
    for units in [(0, 200), (0, -200), (40, 0)] {
      // Of the measurements alone, whole where P has a degree of ½ too; or with A, less exactly.
      let power = 2 * Double(units.1) - degree * Double(units.1 - units.0)
      let found = try solve(
        solver, units, .regularized(.init(1e-3 * exp2(power), .absolute)))
      if units.0 == 0 {
        expect(found, units, like: one, "\(method)")
        #expect(abs(found.objectives[0] / one.objectives[0] - 1) < 1e-9)
      } else {
        let x = found.coefficients.timesTwo(to: units.0 - units.1)
        #expect((x - one.coefficients).magnitude.max().item < 1e-2, "\(method)")
      }
    }
  }

  /// The weight of scaled data knows nothing of b's unit, but of A's.
  @Test func scaledWeights() throws {
    let solver = SplittingSolver(.lHalfOverL2)
    let one = try solve(solver, (0, 0), .regularized(1e-3))
    for exponent in [500, -500] {
      expect(
        try solve(solver, (0, exponent), .regularized(1e-3)), (0, exponent), like: one, "scaled")
    }
    // Weights that are next to nothing or everything beside A are numbers too.
    for units in [(515, 515), (-565, -565)] {
      for penalty in [SparsePenalty.l1, .lHalf, .l1OverL2, .lHalfOverL2] {
        let found = try solve(SplittingSolver(penalty), units, .regularized(1e-3))
        #expect(found.coefficients.isFinite.all().item != 0)
        if units.0 < 0, !(penalty == .l1OverL2 || penalty == .lHalfOverL2) {
          #expect(found.supportSizes == [0])
        }
      }
    }
  }

  @Test func objectivesOfConstraintsAreThoseOfTheSolution() throws {
    for (method, value) in [
      (RecoveryMethod.l1, 4.5), (.lHalf, 3.0.squareRoot() + 1.5.squareRoot()),
      (.l1OverL2, 4.5 / 11.25.squareRoot()),
    ] {
      let found = try solve(method.solver(for: .equality), (100, 301), .equality)
      let degree: Double = method == .l1 ? 201 : method == .lHalf ? 100.5 : 0
      #expect(abs(found.objectives[0] / (value * exp2(degree)) - 1) < 1e-6, "\(method)")
    }
  }

  /// Each column has units of its own, and a column of zeros the solution 0.
  @Test func columnsOfAllSizes() throws {
    let exponents = [-700, 0, 3, 600]
    let columns = exponents.map { Self.measurements.timesTwo(to: $0) } + [Self.measurements * 0]
    for method in [RecoveryMethod.l1, .l1MinusL2, .ratio, .pool] {
      let found = try method.solver(for: .equality).solve(
        SparseProblem(
          FactoredMatrix(Self.matrix), measurements: Tensor.concatenated(columns, along: 1),
          fidelity: .equality))
      for (column, exponent) in exponents.enumerated() {
        let x = found.coefficients.sliced(column..<column + 1, along: 1).timesTwo(to: -exponent)
        #expect((x - Self.truth).magnitude.max().item < 1e-6, "\(method) \(exponent)")
      }
      #expect(found.coefficients.sliced(4..<5, along: 1).magnitude.max().item == 0)
    }
  }

  /// Denormal numbers have few digits, and these need few.
  @Test func denormalData() throws {
    let matrix = Tensor([1.0, 0, 2, 0, 1, 1], shape: [2, 3]).timesTwo(to: -1070)
    let b = Tensor([2.0, 1], shape: [2, 1]).timesTwo(to: -1070)
    let x = try RecoveryMethod.ratio.solver(for: .equality).solve(
      SparseProblem(FactoredMatrix(matrix), measurements: b, fidelity: .equality)
    ).coefficients
    for (a, e) in zip(x.doubles, [0.0, 0, 1]) { #expect(abs(a - e) < 1e-9) }
  }

  @Test func solutionsBeyondTheNumbersAreErrors() throws {
    for units in [(-700, 700), (700, -700)] {
      let error = #expect(throws: Failure.self) {
        try solve(SplittingSolver(.l1), units, .equality)
      }
      #expect(error?.kind == .unsuitable && error?.location == "column 0")
      #expect(error?.found == "about 1e\(units.1 > 0 ? 422 : -421)", "\(String(describing: error))")
    }
  }

  @Test func startsHaveTheUnitsOfTheData() throws {
    let problem = try SparseProblem(
      FactoredMatrix(Self.matrix.timesTwo(to: 50)),
      measurements: Self.measurements.timesTwo(to: -300), fidelity: .equality)
    var solver = SplittingSolver(.lHalfOverL2)
    solver.maximumIterations = 20
    let near = try solver.solve(problem, from: Self.truth.timesTwo(to: -350))
    #expect((near.coefficients.timesTwo(to: 350) - Self.truth).magnitude.max().item < 1e-6)
    #expect(abs(scalbn(near.scales[0], 350) - Self.truth.norm.item) < 1e-12)
  }

  /// A solver that ends with what is not a number gives no solution.
  @Test func nothingThatIsNotANumberIsASolution() throws {
    struct Broken: SparseSolver {
      let value: Double
      var penalty: SparsePenalty { .l1 }
      func solution(of problem: SparseProblem, from start: Tensor?) -> SparseSolution {
        SparseSolution(
          coefficients: Tensor([1, value, 2, 3], shape: [2, 2]), isConverged: [true, true],
          iterations: [1, 1], gaps: [0, 0], residuals: [0, 0], objectives: [0, 0], scales: [1, 1])
      }
    }
    let problem = try SparseProblem(
      FactoredMatrix(Tensor([1.0, 1], shape: [1, 2])),
      measurements: Tensor([1.0, 1], shape: [1, 2]),
      fidelity: .equality)
    #expect(try Broken(value: 0).solve(problem).count == 2)
    for value in [Double.nan, .infinity] {
      let error = #expect(throws: Failure.self) {
        try Broken(value: value).solve(problem)
      }
      #expect(error?.kind == .unsuitable && error?.location == "column 1")
    }
  }

  @Test func measurementsAreFinite() {
    for value in [Double.nan, .infinity] {
      let error = #expect(throws: Failure.self) {
        try SparseProblem(
          FactoredMatrix(Self.matrix),
          measurements: Tensor([1, 2, 3, 4, 5, value], shape: [6, 1]),
          fidelity: .equality)
      }
      #expect(error?.kind == .malformed)
    }
  }

  @Test(arguments: [300, -300, 560, -560, 1020, -1070])
  func ratiosAndProjectionsDoNotDependOnUnits(exponent: Int) {
    let x = Self.truth.timesTwo(to: exponent)
    for penalty in [RatioPenalty(.half), RatioPenalty(.one)] {
      #expect(abs(penalty(x).item / penalty(Self.truth).item - 1) < 1e-12)
      #expect(penalty.effectiveSparsity(x).item > 1.5)
    }
    // {x : Ax = b} and {x : ‖Ax - b‖ ≤ ε} are the same sets in any units of A, b and ε.
    guard exponent > -1000, exponent < 1000 else { return }
    let matrix = FactoredMatrix(Self.matrix.timesTwo(to: exponent))
    let b = Self.measurements.timesTwo(to: exponent)
    let point = RandomGenerator(seed: 1).normal([10, 1], dtype: .float64)
    let plain = FactoredMatrix(Self.matrix)
    let set = AffineSet(matrix, measurements: b)
    let expected = AffineSet(plain, measurements: Self.measurements).prox(point, step: 1)
    #expect((set.prox(point, step: 1) - expected).magnitude.max().item < 1e-12)
    #expect(set(expected).item == 0 && set(point).item == .infinity)
    let ball = ResidualBall(matrix, measurements: b, radius: scalbn(0.5, exponent))
    let nearest = ResidualBall(plain, measurements: Self.measurements, radius: 0.5)
      .prox(point, step: 1)
    #expect((ball.prox(point, step: 1) - nearest).magnitude.max().item < 1e-12)
    #expect(ball(nearest).item == 0 && ball(point).item == .infinity)
  }

  @Test func pathsGoOnFromSolutionsOfAnySize() throws {
    let path = RegularizationPath(SplittingSolver(.lHalfOverL2), weights: [0.1, 0.01])
    let one = try path.solve(FactoredMatrix(Self.matrix), measurements: Self.measurements)
    let found = try path.solve(
      FactoredMatrix(Self.matrix), measurements: Self.measurements.timesTwo(to: -600))
    for (a, b) in zip(one, found) {
      let gap = b.solution.coefficients.timesTwo(to: 600) - a.solution.coefficients
      #expect(gap.magnitude.max().item < 1e-9)
    }
  }
}
