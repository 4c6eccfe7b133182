import ArgumentParser
import Reports
import Runs
import Settings
import SparseRecovery
import Studies
import Tensors

struct SparseDiagnoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose", abstract: "Say what a matrix is fit for.",
    discussion: """
      The sparsity by coherence is guaranteed, for the columns as they are. The constants of \
      restricted isometry and of the null space are NP-hard: what is printed are the largest values \
      that random supports and null vectors reach, lower bounds.

      Example: basin sparse diagnose A.npy --sparsity 8
      """)

  @Argument(
    help: .init("The matrix: .npy, .csv, .mat or .safetensors with matrix.", valueName: "file"))
  var file: String

  @Option(help: .init("Elements that are not 0.", valueName: "k"))
  var sparsity: Int

  @Option(help: .init("Supports and null vectors tried.", valueName: "n"))
  var samples = 200

  @Option(help: .init("Of the draws.", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.integers(1...1_000_000).require("--samples", samples)
    try SettingRange.sensed.require("--sparsity", sparsity)
  }

  func run() throws {
    let matrix = try ProblemFile.readMatrix(file)
    guard (1..<matrix.shape[1]).contains(sparsity) else {
      throw InvalidOption(
        "--sparsity: expected 1 to \(matrix.shape[1] - 1), as the matrix has \(matrix.shape[1]) "
          + "columns, found \(sparsity)")
    }
    let found = MatrixDiagnostics(
      of: matrix, sparsity: sparsity, samples: samples, generator: RandomGenerator(seed: seed))
    let result = DiagnosticsResult(file: file, shape: matrix.shape, seed: seed, found: found)
    try output.show(result, as: [.table(result.table)])
  }
}

/// What `basin sparse diagnose` prints.
private struct DiagnosticsResult: Finding {
  private(set) var schemaVersion = DiagnosticsResult.currentSchemaVersion
  let file: String
  let shape: [Int]
  let seed: UInt64
  let found: MatrixDiagnostics

  var table: Table {
    Table(
      caption: "\(file), \(shape[0]) x \(shape[1]), k = \(found.sparsity)",
      columns: [Table.Column("constant"), .number("value"), Table.Column("what it says")],
      rows: [
        ["coherence", .number(found.coherence), "of columns scaled to length 1"],
        [
          "sparsity by coherence", "\(found.coherenceSparsity)",
          found.coherenceSparsity == 0
            ? "coherence guarantees nothing" : "l1 recovers every signal of so many elements",
        ],
        ["restricted isometry", .bound(.lower, found.isometryLowerBound), "δ_k is at least this"],
        [
          "null space, l1", .bound(.lower, found.nullSpaceLowerBound),
          found.isL1Refuted
            ? "at least this, so l1 fails for some signal"
            : "at least this; below 1 it says nothing",
        ],
        ["null space, l1/2", .bound(.lower, found.halfNullSpaceLowerBound), "at least this"],
      ])
  }
}
