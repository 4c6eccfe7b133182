import ArgumentParser
import Foundation
import NeuralNetworks
import SparseRecovery
import Tensors

/// Solves the problems of a file, as peer/sparse.py does with NumPy and scikit-learn.
struct SparseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparse",
    abstract: "Solves sparse recovery problems and prints a line of JSON for each request.",
    discussion: """
      A file has the tensors matrix [m, n], measurements [m, B] and start [n, B]. A request is a \
      line `PENALTY COLUMNS` on standard input, such as `lhalf/l2 1`.
      """)

  @Argument(help: "A safetensors file.") var file: String
  @Option(help: "λ of scaled data.") var weight = 1e-3
  @Option(help: "λ of the Lasso, as it stands.") var lasso = 0.05
  @Option(help: "Iterations at most.") var iterations = 1500
  @Option(help: "Threads of one operation.") var threads = 1

  func run() throws {
    Torch.threadCount = threads
    Torch.keepMemory()
    let tensors = try SafeTensors(contentsOf: file).tensors
    guard let a = tensors["matrix"], let b = tensors["measurements"], let x = tensors["start"]
    else {
      throw ValidationError("\(file): expected matrix, measurements and start")
    }
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 2, let penalty = SparsePenalty(rawValue: words[0]),
        let count = Int(words[1])
      else { throw ValidationError("expected PENALTY COLUMNS, found '\(line)'") }
      let measurements = b.sliced(0..<count, along: 1)
      let factoring = Timer()
      let matrix = FactoredMatrix(a)
      let factored = factoring.seconds
      let isLasso = penalty == .l1
      var splitting = SplittingSolver(penalty)
      splitting.maximumIterations = iterations
      let solver: any SparseSolver = isLasso ? LassoSolver() : splitting
      let solving = Timer()
      let problem = try SparseProblem(
        matrix, measurements: measurements,
        fidelity: .regularized(.init(isLasso ? lasso : weight, isLasso ? .absolute : .scaled)))
      let found = try solver.solve(
        problem, from: isLasso ? nil : x.sliced(0..<count, along: 1))
      let solved = solving.seconds
      let z = found.coefficients
      // λ Σ|z| + ½‖Az - b‖² of each column, or the objective of scaled data.
      let lassoValues =
        z.magnitude.sum(along: 0) * lasso + (a.matmul(z) - measurements).squared.sum(along: 0) / 2
      let answer = Answer(
        seconds: [factored.wall, solved.wall], cpu: [factored.cpu, solved.cpu],
        objectives: isLasso ? lassoValues.doubles : found.objectives,
        iterations: found.iterations.max()!, support: found.supportSizes[0], torch: Torch.version)
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      print(String(decoding: try encoder.encode(answer), as: UTF8.self))
      fflush(nil)
    }
  }
}

/// The fields of the peer's lines.
private struct Answer: Encodable {
  /// To factor the matrix and to solve.
  let seconds: [Double]
  /// Processor time.
  let cpu: [Double]
  let objectives: [Double]
  let iterations, support: Int
  let torch: String
}
