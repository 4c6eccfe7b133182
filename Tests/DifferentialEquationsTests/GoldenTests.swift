import DifferentialEquations
import Tensors
import TestSupport
import Testing

/// Agreement with torchdiffeq 0.2.5 on the MLP field of `solvers_*.safetensors`.
@Suite struct GoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let method: ButcherTableau
    let steps: StepControl
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "dopri5_1e-1", method: .dormandPrince, steps: .adaptive(1e-1)),
    Case(name: "dopri5_1e-3", method: .dormandPrince, steps: .adaptive(1e-3)),
    Case(name: "dopri5_1e-6", method: .dormandPrince, steps: .adaptive(1e-6)),
    Case(name: "euler_0.1", method: .euler, steps: .stepSize(0.1)),
    Case(name: "midpoint_0.1", method: .midpoint, steps: .stepSize(0.1)),
    Case(name: "rk4_three_eighths_0.1", method: .threeEighths, steps: .stepsPerInterval(1)),
  ]

  static let precisions = [
    ("solvers_f32", value: 1e-4, gradient: 1e-3), ("solvers_f64", value: 1e-9, gradient: 1e-7),
  ]

  @Test(arguments: cases, precisions)
  func statesEvaluationsAndGradientsAgree(
    _ solver: Case, _ precision: (file: String, value: Double, gradient: Double)
  ) throws {
    let golden = try Golden(precision.file)
    let names = ["0.weight", "0.bias", "2.weight", "2.bias"]
    let parameters = names.map { golden["param.\($0)"].differentiable() }
    let initial = golden["in.y0"].differentiable()
    let requested = golden["in.t"].doubles
    let solution = try solve(
      { y in
        y.linear(weight: parameters[0], bias: parameters[1]).tanh
          .linear(weight: parameters[2], bias: parameters[3])
      },
      from: initial, at: solver.method.isAdaptive ? requested : Self.grid, method: solver.method,
      steps: solver.steps)

    let states = golden["out.\(solver.name)"]
    let found =
      solver.method.isAdaptive
      ? solution.states : Self.interpolated(solution.states, at: requested)
    #expect(found.dtype == states.dtype)
    #expect(relativeError(found, states) <= precision.value)
    #expect(solution.statistics.evaluations == Int(golden.metadata["nfe.\(solver.name)"]!))

    let loss = solution.finalState.squared.sum() + solution.states[5].sum()
    let derivatives = gradient(of: loss, wrt: [initial] + parameters)
    for (derivative, name) in zip(derivatives, ["y0"] + names) {
      let expected = golden["grad.\(solver.name).\(name)"]
      #expect(relativeError(derivative, expected) <= precision.gradient, "\(name)")
    }
  }

  static let grid = (0...10).map { Double($0) / 10 }

  /// The reference's times are rounded to float32, and torchdiffeq's fixed steps end on the exact
  /// grid: it interpolates linearly between its ends.
  static func interpolated(_ states: Tensor, at times: [Double]) -> Tensor {
    Tensor.stacked(
      times.map { time in
        let index = min(9, Int(time * 10))
        let share = time * 10 - Double(index)
        return states[index] * (1 - share) + states[index + 1] * share
      })
  }
}
