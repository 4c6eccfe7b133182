import ArgumentParser
import Foundation
import Reports
import Runs
import Settings
import SparseRecovery
import StableDynamics

struct SparseConvergenceCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "convergence", abstract: "Measure how fast the methods converge.",
    discussion: """
      One noisy problem, with ρ at its certified value, 1.01 √2 ‖A‖², at smaller ones, and growing. \
      The rate is the factor by which the residual falls in an iteration, fitted to its logarithm \
      over the last half. Two blocks: the exact proximal operator of the penalty; three blocks: a \
      copy for the denominator, the default.

      Example: basin sparse convergence --columns 128 --sparsity 8 --out convergence.html
      """)

  @Option(help: "The penalty: \(SparsePenalty.splittable).")
  var penalty = SparsePenalty.lHalfOverL2

  @Option(help: .init("Level of noise in decibels.", valueName: "x"))
  var level = 34.0

  @Option(help: .init("Weight of the penalty, of scaled data.", valueName: "x"))
  var lambda = 1e-3

  @Option(help: .init("Values of ρ beside the certified one.", valueName: "list"))
  var rhos = "0.5,2"

  @Option(help: .init("Elements that are not 0.", valueName: "k"))
  var sparsity = 8

  @Option(help: .init("Iterations at most.", valueName: "n"))
  var iterations = 2000

  @OptionGroup(title: "Problem") var sensing: SensingOptions
  @OptionGroup var compute: ThreadOptions

  @OptionGroup var output: StudyOutputOptions

  func validate() throws {
    try penalty.requireSplittable()
    try SettingRange.integers(40...1_000_000).require("--iterations", iterations)
    try SettingRange.level.require("--level", level)
    try SettingRange.positive.require("--lambda", lambda)
    try SettingRange.sensed.require("--sparsity", sparsity)
  }

  var files: CommandFiles { output.files }

  func run() throws {
    compute.prepare()
    let values: [Double] = try numbers("--rhos", rhos, in: .positive)
    let cell = sensing.cell(sparsity: sparsity)
    let study = ConvergenceStudy(
      cell: cell, penalty: penalty, level: level, weight: lambda, rhos: values,
      maximumIterations: iterations)
    try output.show {
      let progress = Progress("converging")
      let found = try study.run(progress: progress.show)
      progress.finish()
      return ConvergenceResult(
        problem: "\(penalty.rawValue), \(sensing.summary(cell)), \(sparsity) elements",
        seed: sensing.seed, bound: found.bound, curves: found.curves)
    }
  }
}

/// What `basin sparse convergence` prints.
private struct ConvergenceResult: ChartedFinding {
  private(set) var schemaVersion = ConvergenceResult.currentSchemaVersion
  var title: String { "Convergence" }
  let problem: String
  let seed: UInt64
  /// √2 ‖A‖².
  let bound: Double
  let curves: [ConvergenceStudy.Curve]

  var table: Table {
    Table(
      caption: "\(problem); the augmented Lagrangian is proven to fall for ρ above "
        + String(format: "%.3g", bound),
      columns: [
        Table.Column("method"), .number("iterations"), Table.Column("converged"),
        .number("objective"), .number("non-zeros"), .number("rate"), .number("R² of the fit"),
        .number("largest rise"),
      ],
      rows: curves.map { curve in
        [
          "\(curve.name)", "\(curve.iterations)", curve.isConverged ? "yes" : "no",
          .number(curve.objective, significantDigits: 7), "\(curve.support)",
          curve.rate.map { .number($0, significantDigits: 4) } ?? .missing,
          curve.fit.map { .number($0) } ?? .missing,
          curve.largestRise.map { .number($0) } ?? .missing,
        ]
      })
  }

  var chart: LineChart {
    LineChart(
      title: "Residual of each iteration", summary: problem, xTitle: "iteration",
      yTitle: "residual", yScale: .logarithmic,
      series: curves.map { curve in
        LineChart.Series(curve.name, curve.points.map { (x: $0[0], y: $0[1]) })
      })
  }
}
