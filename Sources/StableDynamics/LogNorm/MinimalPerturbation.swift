import NeuralNetworks
import Tensors

/// The smallest change of the weights of a field, in the Frobenius norm of A and B together, that brings its
/// logarithmic norm under a bound for all slopes (after De Marinis, Guglielmi, Sicilia and Tudisco 2025, who change
/// the one matrix of σ(A h + b)):
///
///     min ½ ‖(ΔA, ΔB)‖²   such that   λ_max(M_Q(A + ΔA, B + ΔB)) ≤ δ   for a diagonal Q > 0,
///
/// with the matrix M_Q of `LogNormBound`. Theirs moves along a gradient flow until the eigenvalue for the extremal
/// slopes that it finds is δ; here the bound from above is asked for, so that it holds for all slopes. Found by an
/// augmented Lagrangian with a multiplier Y ⪰ 0 that is a matrix, Adam on its value, and Q beside the weights. The
/// problem is not convex: the change is the smallest that was found.
public struct MinimalPerturbation {
  /// The weights that satisfy the bound, B before A, in the type of the given ones.
  public let weights: [Tensor]

  /// What the bound is for the new weights, in their type.
  public let norm: LogNormBound

  /// Rounds of the multiplier and steps of Adam in each.
  fileprivate static let (rounds, steps) = (20, 40)

  /// - Parameters:
  ///   - jacobian: of a field whose bound is above δ.
  ///   - bound: δ; above 0 where slopes can be 0, as the Jacobian is then.
  ///   - generator: of the search for the greatest logarithmic norm from below.
  public init(_ jacobian: LayeredJacobian, under bound: Double, generator: RandomGenerator) {
    let types = jacobian.weights
    let search = Search(jacobian, under: bound)
    let changed = search.smallest.map { $0.like(types[0]) }
    weights = changed
    norm = LogNormBound(
      jacobian.with(changed), scales: search.scales.map { [$0] } ?? [], generator: generator)
  }
}

private struct Search {
  private let start: LayeredJacobian
  private let bound: Double
  /// The least change that satisfies the bound so far, with its squared size.
  private(set) var smallest: [Tensor]
  private var square: Double
  /// Q of that change; nil for one in closed form.
  private(set) var scales: SlopeRelaxation?

  init(_ jacobian: LayeredJacobian, under bound: Double) {
    start = jacobian.with(jacobian.weights.map { $0.detached.to(.float64) })
    self.bound = bound
    let relaxation = SlopeRelaxation(start).tightened(start)
    let value = relaxation.value(of: start)
    // Rounding to the type of the weights shall not matter.
    let unit = max(abs(bound), abs(value - bound))
    let goal = bound - 1e-3 * unit
    smallest = Self.plain(start, value: value, under: goal)
    square = Self.square(smallest, from: start)
    improve(relaxation, goal: goal, unit: unit)
  }

  /// Weights that satisfy a bound in closed form: by a factor, or, for a negative bound, by a multiple of the
  /// identity.
  private static func plain(
    _ start: LayeredJacobian, value: Double, under goal: Double
  ) -> [Tensor] {
    if goal > 0 {
      let factor = goal / value
      return start.weights.map { $0 * (start.outer == nil ? factor : factor.squareRoot()) }
    }
    let identity = Tensor.identity(start.inner.shape[0]).like(start.inner)
    func shifted(_ shift: Double) -> LayeredJacobian {
      start.with([start.inner - identity * shift])
    }
    func isEnough(_ shift: Double) -> Bool {
      let jacobian = shifted(shift)
      return SlopeRelaxation(jacobian).value(of: jacobian) <= goal
    }
    var (low, high) = (0.0, abs(goal) + value)
    while !isEnough(high) { (low, high) = (high, 2 * high) }
    for _ in 0..<20 {
      let middle = (low + high) / 2
      if isEnough(middle) { high = middle } else { low = middle }
    }
    return shifted(high).weights
  }

  private static func square(_ weights: [Tensor], from start: LayeredJacobian) -> Double {
    zip(weights, start.weights).reduce(0) { $0 + ($1.0 - $1.1).squared.sum().item }
  }

  private mutating func improve(_ relaxation: SlopeRelaxation, goal: Double, unit: Double) {
    let size = start.weights.reduce(0) { $0 + $1.squared.sum().item }
    // A shift is far from where the weights are, and the way begins there.
    let weights = (goal > 0 ? start.weights : smallest).map { ($0 * 1).differentiable() }
    let largest = zip(weights, start.weights).map { ($0 - $1).magnitude.max().item }.max()!
    let scales =
      ((goal > 0 ? relaxation : SlopeRelaxation(start.with(weights))).logScales * 1)
      .differentiable()
    func optimizer(_ tensors: [Tensor]) -> Adam {
      Adam(
        tensors.enumerated().reduce(ModuleState()) {
          $0 + ModuleState(parameters: ["\($1.offset)": $1.element])
        }, betas: (0.9, 0.99))
    }
    let (movesWeights, movesScales) = (optimizer(weights), optimizer([scales]))
    let identity = Tensor.identity(start.inner.shape[1]).like(start.inner)
    var multiplier = identity * 0
    let stiffness = 1 / (unit * unit)
    var rate = max(0.1 * start.inner.squared.mean().squareRoot.item, 0.02 * largest)
    var decay = 1.0
    func matrix() -> Tensor {
      SlopeRelaxation(logScales: scales).matrix(of: start.with(weights))
    }
    /// (Y + ρ (M - δ I))₊.
    func pressure(_ matrix: Tensor) -> Tensor {
      withoutGradients {
        let (values, vectors) =
          (multiplier + (matrix.detached - identity * goal) * stiffness).symmetricEigen
        return (vectors * values.relu).matmul(vectors.transposed)
      }
    }
    for _ in 0..<MinimalPerturbation.rounds {
      for step in 0..<MinimalPerturbation.steps {
        let share = (1 - 0.9 * Double(step) / Double(MinimalPerturbation.steps)) / decay
        movesWeights.learningRate = rate * share
        movesScales.learningRate = 0.03 * share
        let matrix = matrix()
        let slopes = gradient(of: matrix, wrt: weights + [scales], seed: pressure(matrix))
        movesWeights.step(
          gradients: zip(slopes, zip(weights, start.weights)).map { slope, pair in
            slope + (pair.0.detached - pair.1) / size
          })
        movesScales.step(gradients: [slopes.last!])
      }
      let found = withoutGradients { matrix() }
      multiplier = pressure(found)
      let value = withoutGradients { found.symmetricEigen.values.max().item }
      if decay == 1, value > goal + 0.05 * unit { rate *= 2 } else { decay += 1 }
      // Half of the distance to the bound is left for rounding.
      if value <= (goal + bound) / 2 {
        keep(
          weights.map { ($0 * 1).detached }, SlopeRelaxation(logScales: (scales * 1).detached))
      }
    }
  }

  /// Notes weights that satisfy the bound, if they are nearer than those before.
  private mutating func keep(_ weights: [Tensor], _ relaxation: SlopeRelaxation) {
    let distance = Self.square(weights, from: start)
    if distance < square { (smallest, square, scales) = (weights, distance, relaxation) }
  }
}
