import CTorch

/// The state of the alternating direction method of multipliers (ADMM) for B sparse recovery
/// problems with one matrix A, a problem a row.
///
/// The matrix is known by G [n, r] and l [r] with A'A = GG' and G'G = diag(l), and measurements b
/// by their coordinates β [r] with A'b = Gβ. An iteration, for each row with its own scalars, is
///
///     q = (κ (y - v) + z - w + offset / ρ) / (1 + κ)
///     x = q + G s,   s = (β - G'q) / (l + c)
///     y = σ d, v = d - y        with d = x + v, a ratio's denominator
///     z = prox(x + w), w = w + x - z
///
/// with c = ρ (1 + κ) for ½‖Ax - b‖², c = 0 for Ax = b, and c = 1/μ for ‖Ax - b‖ ≤ ε, μ being the
/// multiplier that puts x on the ball's surface (c = ∞ where q is inside). `y` is the minimiser of
/// λ N(z) / ‖y‖^p + ½κρ‖x - y + v‖², and the prox that of (λ / ρ‖y‖^p) N(z), N(z) = Σ|z|^p with
/// p = 1 or ½. Without a ratio κ = 0 and there is neither d nor y.
///
/// `SparseRecovery` says where this comes from. The tensors of a state belong to it alone: they
/// are changed in place.
package struct SplittingState {
  /// How the measurements are met.
  package enum Fidelity: Int32, Sendable {
    /// ½‖Ax - b‖² is part of the objective.
    case leastSquares
    /// Ax = b.
    case equality
    /// ‖Ax - b‖ ≤ ε.
    case ball
  }

  /// A column of `scalars`.
  package enum Scalar: Int, Sendable, CaseIterable {
    case rho, weight, radius
    /// y = `sigma` · d and v = `phi` · d.
    case sigma, phi
    /// N(z).
    case numerator
    /// ‖x - z‖, ‖x - y‖ and the steps of x and z, in the last iteration.
    case sparseGap, ratioGap, change, sparseChange
  }

  /// G [n, r].
  package let basis: Tensor
  /// G in float32.
  private let roundedBasis: Tensor
  /// l [r].
  package let eigenvalues: Tensor
  /// Eigenvalues up to this are taken for 0 where Ax = b.
  package let floor: Double
  /// How the measurements are met.
  package let fidelity: Fidelity
  /// Whether p = ½.
  package let isHalf: Bool
  /// κ of a ratio; nil where there is no denominator.
  package let kappa: Double?

  /// β [B, r].
  package var targets: Tensor
  /// A linear term of the objective, -offset · x [B, n].
  package var offset: Tensor?
  /// [B, n].
  package var x, d, w, z: Tensor
  /// G'd, G'w, G'z [B, r].
  package var hd, hw, hz: Tensor
  /// G'offset.
  package var hOffset: Tensor?
  /// [B, 10], see `Scalar`.
  package var scalars: Tensor

  /// Starts at x = y = z with no multipliers.
  ///
  /// - Parameters:
  ///   - start: [B, n].
  ///   - rho, weight, radius: ρ, λ and ε, [B] each.
  package init(
    basis: Tensor, roundedBasis: Tensor, eigenvalues: Tensor, floor: Double, targets: Tensor,
    start: Tensor,
    fidelity: Fidelity, isHalf: Bool, kappa: Double?, rho: Tensor, weight: Tensor, radius: Tensor,
    offset: Tensor? = nil
  ) {
    self.basis = basis
    self.roundedBasis = roundedBasis
    self.eigenvalues = eigenvalues
    self.floor = floor
    self.targets = targets.contiguous()
    self.fidelity = fidelity
    self.isHalf = isHalf
    self.kappa = kappa
    // Each is a copy of its own.
    x = (start + 0).contiguous()
    z = (start + 0).contiguous()
    d = (start + 0).contiguous()
    w = Tensor.zeros(like: x)
    hz = x.matmul(basis)
    hd = hz + 0
    hw = Tensor.zeros(like: hz)
    self.offset = offset?.contiguous()
    hOffset = offset?.matmul(basis)
    let size = x.magnitude
    let numerator = (isHalf ? size.squareRoot : size).sum(along: 1)
    let zero = Tensor.zeros(like: rho)
    scalars = Tensor.stacked(
      [rho, weight, radius, zero + 1, zero, numerator, zero, zero, zero, zero], along: 1
    ).contiguous()
  }

  /// One scalar of every row, [B].
  package subscript(scalar: Scalar) -> Tensor {
    get { scalars.sliced(scalar.rawValue..<scalar.rawValue + 1, along: 1).squeezed(1) }
    set {
      scalars = scalars.replacing(
        at: Tensor([Int64(scalar.rawValue)], device: scalars.device), with: newValue.unsqueezed(1),
        along: 1)
    }
  }

  /// The rows at the given positions.
  package func selecting(_ rows: Tensor) -> SplittingState {
    var part = self
    for path in Self.rowPaths { part[keyPath: path] = self[keyPath: path].selecting(rows) }
    part.offset = offset?.selecting(rows)
    part.hOffset = hOffset?.selecting(rows)
    return part
  }

  private static var rowPaths: [WritableKeyPath<SplittingState, Tensor>] {
    [\.targets, \.x, \.d, \.w, \.z, \.hd, \.hw, \.hz, \.scalars]
  }

  /// Advances by so many iterations, on the CPU, with one product by G an iteration. The first is
  /// computed in float64; in the others the change of Gs is rounded to float32.
  package func advance(by count: Int) {
    var state = CTSplitting(
      basis: basis.handle, eigenvalues: eigenvalues.handle, targets: targets.handle,
      rounded_basis: roundedBasis.handle, x: x.handle, d: d.handle, w: w.handle, z: z.handle,
      hd: hd.handle, hw: hw.handle, hz: hz.handle,
      offset: offset?.handle, h_offset: hOffset?.handle, scalars: scalars.handle,
      fidelity: fidelity.rawValue, is_half: isHalf, is_ratio: kappa != nil, kappa: kappa ?? 0,
      floor: floor)
    withExtendedLifetime(self) {
      torchCheck(ct_splitting_iterations(&state, Int32(count)), "advance \(x.shape)")
    }
  }
}
