import DifferentialEquations
import Methods
import Reports
import Runs
import Tensors

/// How many states leave their cell as solvers follow fields of `certified-cell` with random weights:
/// none by a method and step that the theorem covers, and how many by others.
package struct CellStudy: Finding {
  /// One solver with one length of step, over all fields.
  package struct Entry: Codable, Sendable {
    package let solver: String
    /// dt μ a_1; nil where the error chooses the steps.
    package let reach: Double?
    /// Of steps that the error chooses.
    package let tolerance: Double?
    /// Whether the theorem says that none leaves.
    package let isCovered: Bool
    package let states: Int
    /// In another cell than at the start after one of the steps.
    package let crossed: Int
    /// Within half the least distance of two centres from their own centre at the end.
    package let arrived: Int
  }

  package private(set) var schemaVersion = CellStudy.currentSchemaVersion
  package let seed: UInt64
  package let horizon: Double
  /// What the perceptrons' weights were multiplied with.
  package let gain: Double
  package let entries: [Entry]

  /// The centres of the fields: how many, and in how many dimensions.
  package static let fields: [(classCount: Int, dimension: Int)] = [(5, 2), (10, 16), (4, 3)]

  /// Follows, in float64, states of fields that rotate with 95 % of what may be, at rates from 0.3 to 1.
  ///
  /// - Parameters:
  ///   - states: for each solver, over all fields.
  ///   - progress: told how many of all states are done.
  /// - Throws: `IntegrationFailure`.
  package static func measure(
    states: Int, horizon: Double = 40, gain: Double = 20, seed: UInt64 = 0,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> CellStudy {
    let plans = Plan.all
    let share = max(3, states / fields.count)
    let total = plans.count * share * fields.count
    var done = 0
    var outcomes = plans.map { _ in CellCrossings.Outcome() }
    for (index, field) in fields.enumerated() {
      let crossings = try CellCrossings(
        classCount: field.classCount, dimension: field.dimension, gain: gain,
        settings: CellCrossings.wildSettings, seed: seed &+ UInt64(index), dtype: .float64)
      for start in stride(from: 0, to: share, by: chunk) {
        let count = min(chunk, share - start)
        let points = crossings.states(
          max(3, count),
          generator: RandomGenerator(seed: seed, keys: 0xCE11, UInt64(index), UInt64(start)))
        for (place, plan) in plans.enumerated() {
          outcomes[place] += try plan.follow(points, of: crossings, until: horizon)
          done += count
          progress(done, total)
        }
      }
    }
    return CellStudy(
      seed: seed, horizon: horizon, gain: gain,
      entries: zip(plans, outcomes).map { plan, outcome in
        Entry(
          solver: plan.method.name, reach: plan.reach, tolerance: plan.tolerance,
          isCovered: plan.isCovered, states: outcome.states, crossed: outcome.crossed,
          arrived: outcome.arrived)
      })
  }

  /// States at once.
  private static let chunk = 20_000

  /// A solver with a length of step or a tolerance.
  private struct Plan {
    let method: ButcherTableau
    var reach: Double?
    var tolerance: Double?

    static let all =
      [1, 1.5, 2, 3].map { Plan(method: .euler, reach: $0) }
      + [ButcherTableau.heun, .shuOsher, .midpoint, .classicalRungeKutta].flatMap { method in
        [1, 3].map { Plan(method: method, reach: $0) }
      } + [0.1, 1e-3].map { Plan(method: .dormandPrince, tolerance: $0) }

    var isCovered: Bool {
      reach.map { $0 <= method.strongStabilityCoefficient + 1e-9 } ?? false
    }

    func follow(
      _ states: Tensor, of field: CellCrossings, until horizon: Double
    ) throws -> CellCrossings.Outcome {
      guard let tolerance else {
        let step = reach! * field.greatestStep
        return try field.follow(
          states, by: method, every: step, looks: max(1, Int((horizon / step).rounded())))
      }
      return try field.follow(
        states, by: method, steps: .adaptive(tolerance, norm: .perBatch), every: 1,
        looks: max(1, Int(horizon.rounded())))
    }
  }
}

extension CellStudy {
  /// What was done, in a line.
  package var summary: String {
    "Fields of certified-cell with random weights times \(gain), rotation 0.95, rates 0.3 to 1; "
      + "states in a box, far away and next to boundaries, followed to t = \(horizon), seed \(seed)"
  }

  package var table: Table {
    Table(
      caption: "States that leave their cell; a theorem says that none does where it is covered",
      columns: [
        .init("solver"), .number("dt μ a_1"), .number("tolerance"), .init("covered"),
        .number("states"), .number("crossed"), .number("arrived, %"),
      ],
      rows: entries.map { entry in
        [
          .init(entry.solver), entry.reach.map { .number($0) } ?? .missing,
          entry.tolerance.map { .number($0) } ?? .missing, .init(entry.isCovered ? "yes" : "no"),
          .init("\(entry.states)"), .init("\(entry.crossed)"),
          .percentage(Double(entry.arrived) / Double(entry.states)),
        ]
      })
  }

  /// Whether a state left its cell where the theorem says that none does.
  package var contradictsTheorem: Bool { entries.contains { $0.isCovered && $0.crossed > 0 } }
}
