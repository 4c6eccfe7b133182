import Tensors

/// Euler's steps of a contracting neural ODE, exact at their finite length:
///
///     dh/dt = -2 Kᵀ T⁻¹ relu(K h + b),   h ← h - 2 Δt Kᵀ T⁻¹ relu(K h + b),   0 < Δt ≤ 1,
///     T_i = Σ_j |K Kᵀ|_ij q_j / q_i,   q > 0,
///
/// of vectors [N, d] with a matrix K [m, d] or of maps with a kernel [m, C, s, s]: with one K for all
/// steps an autonomous (convolutional) neural ODE, with one for each a non-autonomous one. A single step
/// of Δt = 1 is the layer "SLL" (Araujo, Havens, Delattre, Allauzen, Hu 2023, *A Unified Algebraic
/// Perspective on Lipschitz Neural Networks*, ICLR, arXiv 2303.03169).
///
/// **Proof.** The Jacobian of a step is I - 2 Δt M, M = Kᵀ T⁻¹ D K with D diagonal, the slopes of relu,
/// in [0, 1]. T⁻¹D ⪯ T⁻¹, and K Kᵀ ⪯ T (`Coupling`) makes T^-½ K Kᵀ T^-½ ⪯ I, whose other product is
/// Kᵀ T⁻¹ K ⪯ I. So 0 ⪯ M ⪯ I, and the eigenvalues of the symmetric I - 2 Δt M lie in [1 - 2Δt, 1], within
/// [-1, 1] for Δt ≤ 1: no step takes two states further apart, and none has to be short for it.
public struct NonexpansiveFlow: NonexpansiveLayer {
  /// K of each step, or one for all: [S, m, d] or [S, m, C, s, s].
  public let weight: Tensor
  /// b, [S, m].
  public let bias: Tensor
  /// ln q, [S, m].
  public let balance: Tensor
  /// Euler's steps.
  public let stepCount: Int
  /// Δt.
  public let stepSize: Double

  /// A flow of the given tensors.
  public init(weight: Tensor, bias: Tensor, balance: Tensor, stepCount: Int, stepSize: Double) {
    let shape = weight.shape
    precondition(
      [3, 5].contains(shape.count) && [1, stepCount].contains(shape[0]) && stepCount > 0
        && bias.shape == [shape[0], shape[1]] && balance.shape == bias.shape
        && (shape.count == 3 || shape[3] == shape[4] && shape[3] % 2 == 1),
      "NonexpansiveFlow of \(stepCount) steps with \(shape) and bias \(bias.shape)")
    precondition(stepSize > 0 && stepSize <= 1, "NonexpansiveFlow of step \(stepSize)")
    self.weight = weight
    self.bias = bias
    self.balance = balance
    self.stepCount = stepCount
    self.stepSize = stepSize
  }

  /// A flow that begins with orthonormal K, b = 0 and q = 1.
  ///
  /// - Parameters:
  ///   - channels: d, or C of maps.
  ///   - hidden: m.
  ///   - kernelSize: s, odd, for maps; nil for vectors.
  ///   - isAutonomous: whether all steps have one K.
  public init(
    channels: Int, hidden: Int, kernelSize: Int? = nil, stepCount: Int, stepSize: Double = 1,
    isAutonomous: Bool, generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    let count = isAutonomous ? 1 : stepCount
    let weights = (0..<count).map { _ in
      Coupling.start(
        outputs: hidden, inputs: channels, kernelSize: kernelSize, generator: generator,
        dtype: dtype, device: device)
    }
    func zeros() -> Tensor {
      Tensor.zeros([count, hidden], dtype: dtype, device: device).differentiable()
    }
    self.init(
      weight: Tensor.stacked(weights).differentiable(), bias: zeros(), balance: zeros(),
      stepCount: stepCount, stepSize: stepSize)
  }

  public var state: ModuleState {
    ModuleState(parameters: ["weight": weight, "bias": bias, "balance": balance])
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let steps = (0..<weight.shape[0]).map { index in
      let coupling = Coupling(weight: weight[index])
      return EulerStep(
        coupling: coupling, bias: bias[index],
        rates: Self.bounds(coupling, balance[index]).reciprocal * (2 * stepSize))
    }
    return steps.trajectoryEnd(from: x, count: stepCount)
  }

  /// T, [m], at least a number far below any that a layer in use has, so that zeros do no harm.
  private static func bounds(_ coupling: Coupling, _ balance: Tensor) -> Tensor {
    let q = balance.exp
    return (coupling.outputInteractions.matmul(q.unsqueezed(1)).squeezed(1) / q).maximum(1e-12)
  }

  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
    let settled = withoutGradients {
      let steps = (0..<weight.shape[0]).map { index -> EulerStep in
        // T is that of the rounded weights, and its inverse is rounded down: Δt T⁻¹ is then at most
        // what the proof asks for, with no allowance.
        let rounded = weight[index].detached.to(dtype)
        let exact = Coupling(weight: rounded.to(.float64))
        let balance = balance[index].detached.to(.float64)
        let magnitudes = exact.magnitudes
        let q = balance.exp.unsqueezed(1)
        let own = magnitudes.matmul(magnitudes.transposed.matmul(q)).squeezed(1) / q.squeezed(1)
        let bounds =
          Self.bounds(exact, balance) * (1 + 1e-9)
          + own * DType.float64.sumError(exact.inputTerms + exact.outputTerms + 8)
        let down = dtype == .float32 ? 1 - 0x1p-22 : 1 - 0x1p-50
        return EulerStep(
          coupling: Coupling(weight: rounded), bias: bias[index].detached.to(dtype),
          rates: (bounds.reciprocal * (2 * stepSize * down)).to(dtype))
      }
      return SettledFlow(steps: steps, stepCount: stepCount, dtype: dtype)
    }
    guard settled.isFinite else {
      throw NonexpansiveLayerError(found: "numbers that are not finite")
    }
    return settled
  }
}

/// h - Kᵀ (τ relu(K h + b)).
struct EulerStep: Sendable {
  let coupling: Coupling
  /// [m].
  let bias: Tensor
  /// τ = 2 Δt / T, [m].
  let rates: Tensor

  /// Of vectors or images.
  func callAsFunction(_ h: Tensor) -> Tensor {
    let pulls = coupling(h, bias: bias).relu * coupling.perOutput(rates)
    return coupling.subtractingAdjoint(of: pulls, from: h)
  }
}

extension [EulerStep] {
  /// `count` steps from x, vectors or maps, over and over.
  fileprivate func trajectoryEnd(from x: Tensor, count times: Int) -> Tensor {
    let isOfMaps = self[0].coupling.isConvolution
    var h = isOfMaps ? x.mapsAsImages : x
    for time in 0..<times { h = self[time % count](h) }
    return isOfMaps ? h.imagesAsMaps : h
  }
}

/// The steps with fixed numbers.
struct SettledFlow: SettledLayer {
  let steps: [EulerStep]
  let stepCount: Int
  let dtype: DType
  private let errors: [StepError]

  init(steps: [EulerStep], stepCount: Int, dtype: DType) {
    self.steps = steps
    self.stepCount = stepCount
    self.dtype = dtype
    errors = steps.map { StepError($0, dtype: dtype) }
  }

  var isFinite: Bool { errors.allSatisfy { $0.stretch.isFinite && $0.pull.isFinite } }

  func callAsFunction(_ x: Tensor) -> Tensor { steps.trajectoryEnd(from: x, count: stepCount) }

  var lipschitzBound: Double { 1 }

  func evaluated(in dtype: DType) -> any SettledLayer {
    SettledFlow(
      steps: steps.map {
        EulerStep(
          coupling: Coupling(weight: $0.coupling.weight.to(dtype)), bias: $0.bias.to(dtype),
          rates: $0.rates.to(dtype))
      },
      stepCount: stepCount, dtype: dtype)
  }

  func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    (0..<stepCount).reduce(x) { errors[$1 % errors.count].propagated($0) }
  }

  /// What rounding does in a step. With A = |K|, each of h's numbers errs by at most
  ///
  ///     (γ_in + γ_out) Aᵀ τ (A |h| + |b|),   ‖Aᵀ τ A‖ ≤ `stretch`,   ‖Aᵀ τ |b|‖ ≤ `pull` a pixel,
  ///
  /// and F(0) is within `pull` of 0, so that the norm grows by no more.
  private struct StepError: Sendable {
    let share: Double
    let stretch: Double
    let pull: Double

    init(_ step: EulerStep, dtype: DType) {
      let magnitudes = step.coupling.magnitudes.to(.float64)
      let rates = step.rates.to(.float64).unsqueezed(1)
      // A symmetric matrix without negative numbers: its norm is at most its largest row sum.
      let sums = magnitudes.transposed.matmul(rates * magnitudes.sum(along: 1, keeping: true))
      stretch = sums.max().item * (1 + 1e-9)
      let bias = step.bias.to(.float64).magnitude.unsqueezed(1)
      pull = magnitudes.transposed.matmul(rates * bias).norm.item * (1 + 1e-9)
      share =
        dtype.sumError(step.coupling.inputTerms + 1)
        + 2 * dtype.sumError(step.coupling.outputTerms + 4)
    }

    func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
      let pull = pull * Double(x.pixels).squareRoot()
      let own = share * (stretch * x.norm + pull + x.norm)
      return x.mapped(lipschitzBound: 1, norm: x.norm + pull, own: own)
    }
  }
}
