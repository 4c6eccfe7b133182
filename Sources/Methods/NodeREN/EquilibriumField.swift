import NeuralNetworks
import StableDynamics
import Tensors

/// The field of a contracting NodeREN (Martinelli, Galimberti, Manchester, Furieri, Ferrari-Trecate
/// 2023), a recurrent equilibrium network in continuous time without an input,
///
///     dx/dt = A x + B w + b_x,   w = σ(C x + D w + b_v),
///
/// with slopes of σ in [0, 1] and D strictly lower triangular, whose matrices are made from free ones so
/// that trajectories approach each other at the rate ρ whatever those are.
///
/// **Construction** (their Theorem 3). From any X, Y, U and R,
///
///     H = Xᵀ X + ε I = [H_11, H_12; H_21, H_22],   P⁻¹ = S = Rᵀ R + ε I,
///     A = -ρ I - ½ S (H_11 + Y - Yᵀ),   B = -S (H_12 + U),
///     Λ = ½ diag(H_22),   D = -Λ⁻¹ low(H_22),   C = Λ⁻¹ Uᵀ,
///
/// with low(·) the part below the diagonal. Then -(PA + AᵀP) - 2ρP = H_11, -(Cᵀ Λ + P B) = H_12 and
/// 2Λ - Λ D - (Λ D)ᵀ = H_22: their matrix inequality (14), with the rate of their Remark 2, holds as
/// H > 0.
///
/// **Proof of the rate.** For differences of two trajectories, w = σ(v) gives w·Λ (v - w) ≥ 0, as slopes are
/// in [0, 1] and Λ > 0 is diagonal. So
///
///     d/dt xᵀ P x + 2ρ xᵀ P x ≤ 2 xᵀ P (A x + B w) + 2ρ xᵀ P x + 2 wᵀ Λ (v - w) = -[x; w]ᵀ H [x; w] < 0,
///
/// and |x - x'|_P(t) ≤ e^(-ρt) |x - x'|_P(0) with |x|_P = √(xᵀ P x).
///
/// **Deviations.** P⁻¹ is the free matrix in place of P, which reaches the same fields and needs no
/// inverse; with a Euclidean metric S = I, which loses nothing where linear layers are around the
/// field, and then rates are those of the Euclidean norm. The rate is ρ itself (their α is twice that).
/// The units are in `layers` blocks: within one, D is 0, and the whole block follows from those before
/// it by one product, where their D takes a product a unit. With block parts dropped from D, H_22 has
/// to keep them from Λ: 2 Λ_i = Σ_j |H_22|_ij over i's block, which is above the block as diagonal
/// dominance is, so that the inequality holds still. With as many layers as units it is their form.
public struct EquilibriumField: CircleBounded {
  /// X [n + q, n + q], Y [n, n], U [n, q].
  let root, skew, coupling: Tensor
  /// R [n, n]; nil for a Euclidean metric.
  let metricRoot: Tensor?
  /// b_x [n], b_v [q].
  let stateBias, unitBias: Tensor
  /// σ, of slopes in [0, 1].
  public let activation: Activation
  /// Units of each block, in order.
  let blocks: [Range<Int>]
  /// ρ.
  public let rate: Double
  /// ε.
  let margin: Double

  /// - Parameters:
  ///   - dimension: n.
  ///   - units: q.
  ///   - layers: blocks of units, at most q.
  ///   - hasMetric: whether P learns.
  /// - Precondition: the activation's slopes are in [0, 1].
  public init(
    dimension n: Int, units q: Int, layers: Int, hasMetric: Bool, activation: Activation,
    rate: Double, margin: Double, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    precondition(
      (1...q).contains(layers) && Self.serves(activation),
      "EquilibriumField of \(q) units in \(layers) layers with \(activation)")
    func parameter(_ shape: [Int], _ fanIn: Int) -> Tensor {
      generator.parameter(shape, fanIn: fanIn, dtype: dtype, device: device)
    }
    root = parameter([n + q, n + q], n + q)
    skew = parameter([n, n], n)
    coupling = parameter([n, q], n)
    // Around the identity, where the field is as fast as without a metric.
    metricRoot =
      hasMetric
      ? (Tensor.identity(n, dtype: dtype, device: device) + parameter([n, n], n * n).detached)
        .differentiable() : nil
    stateBias = parameter([n], n)
    unitBias = parameter([q], n)
    blocks = (0..<layers).map { $0 * q / layers..<($0 + 1) * q / layers }
    self.activation = activation
    self.rate = rate
    self.margin = margin
  }

  /// Whether an activation's slopes are within [0, 1].
  static func serves(_ activation: Activation) -> Bool {
    activation.slopes.lowerBound >= 0 && activation.slopes.upperBound <= 1
  }

  public var state: ModuleState {
    let state = ModuleState(parameters: [
      "X": root, "Y": skew, "U": coupling, "bx": stateBias, "bv": unitBias,
    ])
    return metricRoot.map { state + ModuleState(parameters: ["R": $0]) } ?? state
  }

  /// The matrices, made in float64 and rounded to the parameters' type, recorded.
  public var network: EquilibriumNetwork {
    let (n, q) = (skew.shape[0], unitBias.shape[0])
    func gram(_ root: Tensor) -> Tensor {
      let root = root.to(.float64)
      let identity = Tensor.identity(root.shape[0], dtype: .float64, device: root.device)
      return root.transposed.matmul(root) + identity * margin
    }
    let metric = metricRoot.map(gram)
    func scaled(_ matrix: Tensor) -> Tensor { metric.map { $0.matmul(matrix) } ?? matrix }

    let h = gram(root)
    let (upper, units) = (h.sliced(0..<n), h.sliced(n..<n + q).sliced(n..<n + q, along: 1))
    let (y, u) = (skew.to(.float64), coupling.to(.float64))
    let multipliers = (units.magnitude * blockMask { $0 == $1 }).sum(along: 1) * 0.5
    let inverse = multipliers.reciprocal.unsqueezed(1)
    let identity = Tensor.identity(n, dtype: .float64, device: h.device)
    let a = scaled(upper.sliced(0..<n, along: 1) + y - y.transposed) * -0.5 - identity * rate
    return EquilibriumNetwork(
      state: a.like(skew), input: (-scaled(upper.sliced(n..<n + q, along: 1) + u)).like(skew),
      output: (u.transposed * inverse).like(skew),
      feedback: (-(units * blockMask { $0 > $1 } * inverse)).like(skew),
      multipliers: multipliers, metric: metric)
  }

  /// 1 where the blocks of row and column satisfy a relation, [q, q] in float64.
  private func blockMask(_ relation: (Int, Int) -> Bool) -> Tensor {
    let block = blocks.enumerated().flatMap { index, units in units.map { _ in index } }
    return Tensor(
      block.flatMap { row in block.map { relation(row, $0) ? 1.0 : 0 } },
      shape: [block.count, block.count]
    ).to(skew.device)
  }

  /// f(x), [N, n].
  public func callAsFunction(_ x: Tensor) -> Tensor { prepared()(x) }

  public func prepared() -> (Tensor) -> Tensor {
    let network = network
    let feedback = blocks.map {
      network.feedback.sliced($0).sliced(0..<$0.lowerBound, along: 1)
    }
    return { x in
      let inputs = x.linear(weight: network.output, bias: unitBias)
      var units = activation(inputs.sliced(blocks[0], along: 1))
      for (block, weight) in zip(blocks, feedback).dropFirst() {
        let own = inputs.sliced(block, along: 1) + units.linear(weight: weight)
        units = .concatenated([units, activation(own)], along: 1)
      }
      return x.linear(weight: network.state, bias: stateBias) + units.linear(weight: network.input)
    }
  }

  /// Of the rounded matrices, in the norm |x|_P, for ρ and for less. (Where the parameters bring H near
  /// ε I, β for ρ itself is large: after a training on digits with ε = 0.01 it was 78, and 15 for ρ / 2.)
  public var circles: [CircleCondition] {
    let network = withoutGradients { self.network }
    let rates = Set([1, 0.9, 0.75, 0.5, 0.25, 0].map { $0 * rate } + [-0.5, -1, -2, -4])
    return rates.sorted(by: >).compactMap { network.circle(rate: $0) }
  }
}
