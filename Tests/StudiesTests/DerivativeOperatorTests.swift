import Tensors
import Testing
import Verification

@testable import Studies

@Suite("Pre-trained differential operators")
struct DerivativeOperatorTests {
  private func generator() -> RandomGenerator { RandomGenerator(seed: 9) }

  /// Pre-trained for noise up to half of a window's deviation.
  private static let trained = DerivativeOperator(windowSize: 9, noise: 0.5, steps: 400, seed: 0)

  /// The root mean square of a difference.
  private func error(_ found: Tensor, _ truth: Tensor) -> Double {
    (found - truth).squared.mean().squareRoot.item
  }

  @Test("The library's derivatives are those of its functions")
  func library() {
    let (values, slopes) = SymbolicFunctions(windowSize: 2001).windows(
      50, generator: generator())
    let differences = values.unsqueezed(2).centralDifferences(spacing: 0.001).squeezed(2)
    let inner = 1..<2000
    #expect(
      (differences - slopes).sliced(inner, along: 1).magnitude.max().item < 1e-4)
    #expect(slopes.magnitude.max().item > 1)
  }

  @Test("Fits of a degree are exact on polynomials of it, and leave what is above")
  func fits() {
    let fits = PolynomialFits(windowSize: 9)
    let s = SymbolicFunctions.places(9).unsqueezed(0)
    #expect(fits.degrees == [1, 2, 3, 4, 5, 6])
    for power in 1...6 {
      let window = s.power(Double(power)) - 2
      let slopes = s.power(Double(power - 1)) * Double(power)
      let (found, residuals) = (fits.derivatives(of: window)[0], fits.residuals(of: window)[0])
      for (place, degree) in fits.degrees.enumerated() {
        let (difference, rest) = (error(found[place], slopes[0]), residuals[place].item)
        if degree >= power { #expect(difference < 1e-10 && rest < 1e-20) }
        if degree < power { #expect(difference > 0.01 && rest > 1e-5) }
      }
    }
  }

  @Test(
    "On functions it has not seen it is nearer than central differences at every noise it was trained for",
    arguments: [0, 0.02, 0.05, 0.1, 0.2, 0.5])
  func learning(_ noise: Double) {
    let (values, slopes) = SymbolicFunctions(windowSize: 9).windows(500, generator: generator())
    let mean = values.mean(along: 1, keeping: true)
    let deviation = (values - mean).squared.mean(along: 1, keeping: true).squareRoot
    let noisy = values + generator().normal(values.shape, dtype: .float64) * deviation * noise
    let found = Self.trained.derivatives(of: noisy, spacing: 0.25)
    let differences = noisy.unsqueezed(2).centralDifferences(spacing: 0.25).squeezed(2)
    #expect(error(found, slopes) < 0.9 * error(differences, slopes))
    // Nearer than any one of the polynomials that it is made of, where noise is not nearly all there is.
    let polynomials = PolynomialFits(windowSize: 9).derivatives(of: noisy)
    let errors = (0..<6).map {
      error(polynomials.sliced($0..<$0 + 1, along: 1).squeezed(1), slopes)
    }
    #expect(error(found, slopes) < (noise < 0.5 ? 0.9 : 1.2) * errors.min()!)
  }

  @Test("Straight lines have their slopes, and places, units and spacing go through it exactly")
  func equivariance() {
    let fresh = DerivativeOperator(windowSize: 7, steps: 0, seed: 3)
    let slopes = Tensor([2.0, -0.5, 1e-3], shape: [3, 1])
    let times = Tensor((0..<7).map { Double($0) * 0.1 })
    let lines = slopes * times.unsqueezed(0) + 4
    #expect((fresh.derivatives(of: lines, spacing: 0.1) - slopes).magnitude.max().item < 1e-10)
    let windows = SymbolicFunctions(windowSize: 9).windows(20, generator: generator()).values
    let plain = Self.trained.derivatives(of: windows, spacing: 0.25)
    let moved = Self.trained.derivatives(of: windows * 7 + 3, spacing: 0.5)
    #expect(error(moved, plain * 3.5) < 1e-8)
  }

  @Test("Along trajectories every sample has its own derivative, the first and the last too")
  func trajectories() {
    let times = Tensor((0..<30).map { Double($0) * 0.2 })
    let states = Tensor.stacked(
      [
        Tensor.stacked([times.sin, times.cos * 2], along: 1),
        Tensor.stacked([times, times * -3], along: 1),
      ])
    let truth = Tensor.stacked([
      Tensor.stacked([times.cos, times.sin * -2], along: 1),
      Tensor.stacked([times * 0 + 1, times * 0 - 3], along: 1),
    ])
    let found = Self.trained.derivatives(along: states, spacing: 0.2)
    #expect(found.shape == [2, 30, 2])
    // A place off would be wrong by 0.2.
    #expect((found - truth).magnitude.max().item < 0.05)
    #expect((found - truth)[1].magnitude.max().item < 1e-9)
  }

  private static let pendulum = DynamicalSystem(
    equilibrium: [0, 0], box: [-4...4, -4...4]
  ) { h in
    let (x, y) = (h.selecting([0]), h.selecting([1]))
    return Term.concatenated([y, -x.sin - y * 0.5])
  }

  @Test(
    "Its derivatives of a pendulum that it knows nothing of are nearer to the field than differences"
  )
  func pendulum() throws {
    var request = DerivativeStudy.Request()
    request.trajectories = 10
    request.operatorSteps = 300
    request.steps = 60
    request.seeds = [0, 4]
    var told: [Int] = []
    let study = try DerivativeStudy.measure(Self.pendulum, named: "pendulum", request) {
      told.append($0)
      #expect($1 == 8)
    }
    #expect(told == Array(1...8))
    let errors = study.fields.map(\.signalErrors)
    #expect(errors.map(\.count) == [0, 2, 2, 2])
    for seed in 0..<2 {
      #expect(errors[2][seed] < 0.75 * errors[1][seed])
      #expect(errors[3][seed] == 0)
    }
    // A fit that has hardly begun, but has begun.
    #expect(study.fields.allSatisfy { $0.fieldErrors.allSatisfy { $0 < 0.8 } })
    #expect(Set(study.fields.map { $0.fieldErrors[0] }).count == 4)
    #expect(study.library.allSatisfy { $0.operatorErrors[0] < $0.differenceErrors[0] })
  }

  @Test("Trajectories stay in the box, in whose coordinates the field is, or there is none")
  func observation() throws {
    let wide = DynamicalSystem(
      equilibrium: [0, 0], box: [-1...3, -10...10]
    ) { h in
      Term.concatenated([h.selecting([0]) * -1, h.selecting([1]) * 0.5])
    }
    let observed = ObservedSystem(wide)
    let places = Tensor([0.5, -0.2], shape: [1, 2])
    // x = 1 + 2 · 0.5 and y = 10 · -0.2.
    #expect(error(observed.velocities(at: places), Tensor([-1.0, -0.1], shape: [1, 2])) < 1e-12)
    func drawn(_ samples: Int) throws -> Tensor {
      try observed.trajectories(
        8, samples: samples, spacing: 0.5, named: "wide", generator: generator())
    }
    let states = try drawn(5)
    #expect(states.shape == [8, 5, 2] && states.magnitude.max().item <= 1)
    let growth =
      states.sliced(4..<5, along: 1) - states.sliced(0..<1, along: 1) * 2.718281828459045
    #expect(growth.sliced(1..<2, along: 2).magnitude.max().item < 1e-6)
    // y grows by e^20, beyond what twice the box lets it: hardly any is left.
    #expect(throws: (any Error).self) { _ = try drawn(81) }
  }
}
