import Tensors

/// What the implicit stages of a step share: I - γ h J, with J = ∂f/∂y at the step's start, and h ∂f/∂t.
///
/// J is taken row by row of the batch, by automatic differentiation: f of a row is to depend on that row
/// alone.
struct Linearization {
  private let diagonal: Double
  /// I - γ h J of each row, [N, d, d] for states of d elements.
  private let matrices: Tensor
  /// h ∂f/∂t; nil where the field does not depend on time.
  private let drift: Tensor?

  /// - Parameters:
  ///   - derivative: f there.
  ///   - diagonal: γ.
  ///   - size: h.
  init(
    of field: CountedField, at time: PerRow<Double>, _ state: Tensor, derivative: Tensor,
    diagonal: Double, size: PerRow<Double>
  ) throws {
    self.diagonal = diagonal
    let jacobians = try field.jacobians(time, state)
    let identity = Tensor.identity(jacobians.shape[1], dtype: state.dtype, device: state.device)
    matrices = identity - jacobians * size.factor(like: jacobians) * diagonal
    drift = try field.timeDerivative(time, state, derivative, size).map {
      $0 * size.factor(like: $0)
    }
  }

  /// The k [N, ...] of (I - γ h J) k = γ (right + d h ∂f/∂t).
  ///
  /// - Parameter timeWeight: d.
  func solution(_ right: Tensor, timeWeight: Double) -> Tensor {
    let right = drift.map { right.adding([$0], weights: [timeWeight]) } ?? right
    return matrices.solution((right * diagonal).reshaped([right.shape[0], -1, 1]))
      .reshaped(right.shape)
  }
}

extension PerRow<Double> {
  /// As a factor of the rows of a tensor.
  fileprivate func factor(like tensor: Tensor) -> Tensor {
    switch self {
    case .shared(let value): Tensor(value, dtype: tensor.dtype).to(tensor.device)
    case .rows(let values):
      Tensor(values, shape: [values.count] + tensor.shape.dropFirst().map { _ in 1 }).like(tensor)
    }
  }
}

extension CountedField {
  /// ∂f/∂y of each row, [N, d, d], recorded where derivatives are. One evaluation and one for each of
  /// the d rows.
  fileprivate func jacobians(_ time: PerRow<Double>, _ state: Tensor) throws -> Tensor {
    let (count, size) = (state.shape[0], state.count / state.shape[0])
    let isRecorded = isRecordingGradients
    let point = isRecorded && state.requiresGradient ? state : state.differentiable()
    let slope = try withGradients { try self(time, point).reshaped([count, size]) }
    guard slope.requiresGradient else {
      return .zeros([count, size, size], dtype: state.dtype, device: state.device)
    }
    evaluations += size
    let units = Tensor.identity(size, dtype: state.dtype, device: state.device)
    let rows = (0..<size).map { row in
      gradient(
        of: slope, wrt: [point], seed: units[row].expanded([count, size]),
        recording: isRecorded, retaining: true)[0].reshaped([count, size])
    }
    return .stacked(rows, along: 1)
  }

  /// ∂f/∂t by a difference, in steps of length `size`; nil where f does not depend on time.
  fileprivate func timeDerivative(
    _ time: PerRow<Double>, _ state: Tensor, _ derivative: Tensor, _ size: PerRow<Double>
  ) throws -> Tensor? {
    guard case .timed = field else { return nil }
    // The root of the rounding, of the size of the time or the step.
    let root = state.dtype == .float64 ? 1.5e-8 : 3.5e-4
    func shift(_ time: Double, _ size: Double) -> Double {
      root * max(abs(time), abs(size), 1e-6)
    }
    let (later, rates): (PerRow<Double>, PerRow<Double>) =
      switch (time, size) {
      case (.rows(let times), .rows(let sizes)):
        (
          .rows(zip(times, sizes).map { $0 + shift($0, $1) }),
          .rows(zip(times, sizes).map { 1 / shift($0, $1) })
        )
      case (.shared(let time), .shared(let size)):
        (.shared(time + shift(time, size)), .shared(1 / shift(time, size)))
      default: preconditionFailure("one time for the batch but a step size a row, or the reverse")
      }
    return (try self(later, state) - derivative) * rates.factor(like: derivative)
  }
}
