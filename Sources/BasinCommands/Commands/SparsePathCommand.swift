import ArgumentParser
import Foundation
import NeuralNetworks
import Reports
import Runs
import SparseRecovery
import StableDynamics
import Tensors

struct SparsePathCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "path", abstract: "Follow the solutions of a regularised problem over λ.",
    discussion: """
      λP(x) + ½‖Ax - b‖² for falling λ, each solution the start of the next. Files are those of \
      `basin sparse recover`. The output holds lambda [L] and solutions [L, n], or [L, n, B].

      Example: basin sparse path --matrix A.npy --measurements b.npy --lambdas 0.1,0.01,0.001
      """)

  @OptionGroup(title: "Problem") var problem: ProblemOptions
  @OptionGroup var compute: ThreadOptions

  @Option(help: "The penalty: \(SparsePenalty.splittable).")
  var penalty = SparsePenalty.lHalfOverL2

  @Option(help: .init("Weights of the penalty.", valueName: "list"))
  var lambdas = "0.3,0.1,0.03,0.01,0.003,0.001,0.0003,0.0001"

  @Flag(help: "λ as they stand in the objective, not of scaled data.")
  var absolute = false

  @Option(help: .init("A safetensors file to write.", valueName: "file"))
  var output: String?

  @OptionGroup var study: StudyOutputOptions

  func validate() throws { try penalty.requireSplittable() }

  var files: CommandFiles {
    CommandFiles(sources: problem.sources).writing("--output", output).writing("--out", study.out)
  }

  func run() throws {
    let weights: [Double] = try numbers("--lambdas", lambdas, in: .anyPositive)
    compute.prepare()
    let file = try problem.read()
    let path = RegularizationPath(
      penalty == .l1 ? LassoSolver() : SplittingSolver(penalty), weights: weights,
      unit: absolute ? .absolute : .scaled)
    try study.show {
      let found = try path.solve(FactoredMatrix(file.matrix), measurements: file.measurements)
      if let output { try write(found, of: file, to: output) }
      return PathResult(
        problem: "\(penalty.rawValue), \(file.matrix.shape[0]) x \(file.matrix.shape[1])",
        output: output,
        points: found.map { weight, solution in
          .init(
            lambda: weight, support: solution.supportSizes, residuals: solution.residuals,
            objectives: solution.objectives, iterations: solution.iterations.max()!,
            isConverged: solution.isConverged.allSatisfy { $0 })
        })
    }
  }

  private func write(
    _ points: [(weight: Double, solution: SparseSolution)], of file: ProblemFile, to path: String
  ) throws {
    let solutions = points.map { point in
      file.isVector ? point.solution.coefficients.squeezed(1) : point.solution.coefficients
    }
    try SafeTensors(
      [
        "lambda": Tensor(points.map(\.weight)),
        "solutions": Tensor.stacked(solutions, along: 0).contiguous(),
      ],
      metadata: ["penalty": penalty.rawValue]
    ).write(to: path)
  }
}

/// What `basin sparse path` prints.
private struct PathResult: ChartedFinding {
  struct Point: Codable {
    let lambda: Double
    /// Of each column.
    let support: [Int]
    let residuals: [Double]
    let objectives: [Double]
    let iterations: Int
    let isConverged: Bool
  }

  private(set) var schemaVersion = PathResult.currentSchemaVersion
  var title: String { "Solutions over λ" }
  let problem: String
  let output: String?
  let points: [Point]

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  var table: Table {
    Table(
      caption: "\(problem), means over columns",
      columns: [
        .number("λ"), .number("non-zeros"), .number("‖Ax - b‖"), .number("objective"),
        .number("iterations"), Table.Column("converged"),
      ],
      rows: points.map { point in
        [
          .number(point.lambda), .number(Self.mean(point.support.map(Double.init))),
          .number(Self.mean(point.residuals)),
          .number(Self.mean(point.objectives), significantDigits: 6), "\(point.iterations)",
          point.isConverged ? "yes" : "no",
        ]
      })
  }

  var chart: LineChart {
    LineChart(
      title: "Non-zeros over λ", summary: problem, xTitle: "log₁₀ λ", yTitle: "non-zeros",
      series: [
        .init(
          "mean",
          points.map { (x: log10($0.lambda), y: Self.mean($0.support.map(Double.init))) })
      ])
  }
}
