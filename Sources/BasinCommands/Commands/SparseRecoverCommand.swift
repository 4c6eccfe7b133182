import ArgumentParser
import Foundation
import NeuralNetworks
import Reports
import Runs
import Settings
import SparseRecovery
import StableDynamics
import Tensors

struct SparseRecoverCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Find the sparse x behind measurements b = Ax.",
    discussion: """
      The problem is a safetensors or MATLAB file with matrix [m, n] and measurements [m] or \
      [m, B], or two files, .npy or .csv. The output holds the tensor solution [n] or [n, B].

      Without --lambda and --eps, Ax = b is met. With --eps, ‖Ax - b‖ ≤ eps; for noise of deviation \
      σ that is σ√m. With --lambda, λP(x) + ½‖Ax - b‖² is minimised, with λ of data scaled so that \
      the start has length 1 (1e-4 to 3e-2 is usual), or as it stands with --absolute; the Lasso of \
      scikit-learn with alpha is l1 with --absolute and lambda = alpha · m.

      Example: basin sparse recover --matrix A.npy --measurements b.npy --eps 0.01 \
      --output x.safetensors
      """)

  @OptionGroup(title: "Problem") var problem: ProblemOptions
  @OptionGroup var compute: ThreadOptions

  @Option(help: .init("The safetensors file to write.", valueName: "file"))
  var output: String

  @Option(
    help: .init(
      "\(RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"))
  var method = RecoveryMethod.ratio

  @Option(help: .init("The weight of the penalty.", valueName: "x"))
  var lambda: Double?

  @Flag(help: "λ as it stands in the objective.")
  var absolute = false

  @Option(help: .init("The largest ‖Ax - b‖.", valueName: "x"))
  var eps: Double?

  @Option(help: "Runs: single, schedules (three of the method), pool (all penalties).")
  var restarts: Restarts?

  @OptionGroup var format: OutputOptions

  /// Names for amounts of search with the default penalty.
  enum Restarts: String, ExpressibleByArgument, CaseIterable {
    case single, schedules, pool
  }

  func validate() throws {
    guard lambda == nil || eps == nil else {
      throw ValidationError("give --lambda or --eps, not both")
    }
    try SettingRange.anyPositive.require("--lambda", lambda)
    try SettingRange.anyLength.require("--eps", eps)
    guard !absolute || lambda != nil else {
      throw ValidationError("--absolute is about --lambda, which is missing")
    }
  }

  var files: CommandFiles { CommandFiles(sources: problem.sources).writing("--output", output) }

  func run() throws {
    compute.prepare()
    let file = try problem.read()
    let fidelity: DataFidelity =
      if let lambda {
        .regularized(.init(lambda, absolute ? .absolute : .scaled))
      } else if let eps {
        .ball(radius: eps)
      } else {
        .equality
      }
    let matrix = FactoredMatrix(file.matrix)
    let problem = try SparseProblem(matrix, measurements: file.measurements, fidelity: fidelity)
    let solution = try method.with(restarts).solver(for: fidelity).solve(problem)
    let x = solution.coefficients
    try SafeTensors(
      ["solution": file.isVector ? x.reshaped([-1]) : x.contiguous()],
      metadata: ["method": method.with(restarts).rawValue]
    ).write(to: output)
    for warning in solution.warnings { StandardError.write("warning: \(warning)") }
    let sizes = RatioPenalty().effectiveSparsity(x).doubles
    let result = RecoveryResult(
      output: output, method: method.with(restarts).rawValue, shape: file.matrix.shape,
      columns: solution.count, support: solution.supportSizes, effectiveSparsity: sizes,
      residuals: solution.residuals, objectives: solution.objectives,
      iterations: solution.iterations, isConverged: solution.isConverged,
      warnings: solution.warnings.map(\.description))
    try format.show(result, as: [.table(result.table), .text(output)])
  }
}

extension RecoveryMethod: ExpressibleByArgument {
  /// The same penalty with another amount of search.
  fileprivate func with(_ restarts: SparseRecoverCommand.Restarts?) -> RecoveryMethod {
    switch (restarts, self) {
    case (nil, _), (.single, _): self
    case (.pool, _): .pool
    case (.schedules, .l1OverL2): .l1OverL2Schedules
    case (.schedules, .lHalf): .lHalfSchedules
    case (.schedules, .ratio), (.schedules, .ratioEven): .ratioSchedules
    case (.schedules, _): self
    }
  }
}

/// What `basin sparse recover` prints.
private struct RecoveryResult: Finding {
  private(set) var schemaVersion = RecoveryResult.currentSchemaVersion
  let output: String
  let method: String
  /// Of the matrix.
  let shape: [Int]
  let columns: Int
  let support: [Int]
  let effectiveSparsity: [Double]
  let residuals: [Double]
  let objectives: [Double]
  let iterations: [Int]
  let isConverged: [Bool]
  let warnings: [String]

  var table: Table {
    Table(
      caption: "\(method), \(shape[0]) x \(shape[1])",
      columns: [
        .number("column"), .number("non-zeros"), .number("effective"), .number("‖Ax - b‖"),
        .number("objective"), .number("iterations"), Table.Column("converged"),
      ],
      rows: (0..<columns).map { column in
        [
          "\(column)", "\(support[column])", .number(effectiveSparsity[column]),
          .number(residuals[column]), .number(objectives[column], significantDigits: 6),
          "\(iterations[column])", isConverged[column] ? "yes" : "no",
        ]
      })
  }
}
