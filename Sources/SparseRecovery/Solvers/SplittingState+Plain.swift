import Tensors

extension SplittingState {
  /// What `advance(by:)` computes, in tensor operations: on any device, and the oracle of the tests.
  package mutating func advancePlainly(by count: Int) {
    for _ in 0..<count { advancePlainly() }
  }

  private mutating func advancePlainly() {
    let kappa = kappa ?? 0
    let column = { (scalar: Scalar, state: SplittingState) in state[scalar].unsqueezed(1) }
    let rho = column(.rho, self)
    let spread = (column(.sigma, self) - column(.phi, self)) * kappa
    var q = (spread * d + z - w) / (1 + kappa)
    var t = (spread * hd + hz - hw) / (1 + kappa)
    if let offset, let hOffset {
      q += offset / (rho * (1 + kappa))
      t += hOffset / (rho * (1 + kappa))
    }
    let s = multipliers(at: t, rho: rho, kappa: kappa)
    let hx = t + s * eigenvalues
    let point = q + s.matmul(basis.transposed)
    self[.change] = (point - x).norm(along: 1)
    x = point

    var mu = column(.weight, self) / rho
    if self.kappa != nil {
      let phi = column(.phi, self)
      d = x + phi * d
      hd = hx + phi * hd
      let eta = d.norm(along: 1, keeping: true)
      let a = column(.weight, self) * column(.numerator, self)
      let length = denominator(eta: eta, pull: a / (rho * kappa))
      let sigma = Tensor.select(eta .> 0, length / eta.positiveOrOne, .ones(like: eta))
      self[.sigma] = sigma.squeezed(1)
      self[.phi] = (-sigma + 1).squeezed(1)
      self[.ratioGap] = (x - sigma * d).norm(along: 1)
      mu = mu / (isHalf ? length.squareRoot : length)
    }
    let argument = x + w
    let next = isHalf ? argument.halfThresholded(by: mu) : argument.softThresholded(by: mu)
    self[.sparseGap] = (x - next).norm(along: 1)
    self[.sparseChange] = (next - z).norm(along: 1)
    self[.numerator] = (isHalf ? next.magnitude.squareRoot : next.magnitude).sum(along: 1)
    z = next
    w = argument - next
    hz = z.matmul(basis)
    hw = hw + hx - hz
  }

  /// s = (β - t) / (l + c).
  private func multipliers(at t: Tensor, rho: Tensor, kappa: Double) -> Tensor {
    let gap = targets - t
    switch fidelity {
    case .leastSquares: return gap / (eigenvalues + rho * (1 + kappa))
    case .equality:
      return Tensor.select(
        eigenvalues .> floor, gap / eigenvalues.positiveOrOne, .zeros(like: gap))
    case .ball:
      let mu = ResidualBall.multiplier(gap: gap, eigenvalues: eigenvalues, radius: self[.radius])
      return gap * mu / (mu * eigenvalues + 1)
    }
  }

  /// ‖y‖, where the numerator's pull beside κρ is given; at most 1000 unless d is longer.
  private func denominator(eta: Tensor, pull: Tensor) -> Tensor {
    let length =
      isHalf
      ? eta + DenominatorRoot.halfExcess(eta: eta, d: pull / 2)
      : DenominatorRoot.firstRoot(eta: eta, d: pull)
    return length.minimum(eta.maximum(1000))
  }
}
