import ArgumentParser
import DifferentialEquations
import Foundation
import Tensors

/// Solves the problems of DETEST: a line of JSON for each problem, method and tolerance, with the state at
/// the end and the evaluations that it took.
struct SolversCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solvers", abstract: "Solve the problems of DETEST at several tolerances.")

  @Option(help: "Absolute and relative.")
  var tolerances = "1e-3,1e-6,1e-9"

  @Option(help: "Names of methods; by default all of order 3 and more that choose their steps.")
  var methods: String?

  func run() throws {
    let chosen = methods.map { $0.split(separator: ",").map(String.init) }
    for method in ButcherTableau.all where method.isAdaptive {
      guard chosen?.contains(method.name) ?? (method.order > 2) else { continue }
      for tolerance in tolerances.split(separator: ",").compactMap({ Double($0) }) {
        // A low order takes a step for each thousandth of time, and more.
        if method.order < 4, tolerance < 1e-6 { continue }
        for problem in DETESTProblem.all { try solve(problem, method, tolerance) }
      }
    }
  }

  private func solve(
    _ problem: DETESTProblem, _ method: ButcherTableau, _ tolerance: Double
  ) throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(tolerance), maximumSteps: 100_000)
    let solution = try withoutGradients {
      try DifferentialEquations.solve(
        problem.field, from: Tensor(problem.initial, shape: [1, problem.initial.count]),
        at: [0, 20], method: method, steps: .adaptive(steps))
    }
    let line: [String: Any] = [
      "problem": problem.name, "solver": "Basin \(method.name)", "tolerance": tolerance,
      "evaluations": solution.statistics.evaluations, "end": solution.finalState.doubles,
    ]
    let data = try JSONSerialization.data(withJSONObject: line, options: [.sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }
}
