/// The state inside a step, y(t + x h) ≈ y + h Σ_j w_j(x) k_j for x in [0, 1], as a polynomial w_j
/// for each stage. One linear combination of the stages gives one output.
public struct Interpolant: Sendable, Hashable {
  /// A stage k = f(t + c h, y + h Σ_j a_j k_j) beyond the method's own, computed only for steps with
  /// an output inside.
  public struct Stage: Sendable, Hashable {
    /// c.
    public let node: Double
    /// a, one for each stage before.
    public let coefficients: [Double]
  }

  /// The order q: the error inside a step is O(h^(q + 1)).
  public let order: Int
  /// The coefficients of x, x², x³, ... of w_j for each stage j, the further ones last.
  public let polynomials: [[Double]]
  /// Stages that only states within a step need, evaluated after those of the method.
  public let furtherStages: [Stage]

  public init(order: Int, polynomials: [[Double]], furtherStages: [Stage] = []) {
    self.order = order
    self.polynomials = polynomials
    self.furtherStages = furtherStages
  }

  /// The quartic, of order 4, through both ends, both derivatives and the middle of a step,
  /// y(t + h / 2) ≈ y + h Σ_j m_j k_j (Shampine, "Some practical Runge-Kutta formulas",
  /// Math. Comp. 46, 1986), of a method whose last stage is the derivative at the end.
  ///
  /// - Parameters:
  ///   - weights: b.
  ///   - middle: m.
  public static func quartic(weights: [Double], middle: [Double]) -> Interpolant {
    var polynomials = zip(weights, middle).map { b, m in
      [0, 16 * m - 5 * b, 14 * b - 32 * m, 16 * m - 8 * b]
    }
    add([1, -4, 5, -2], to: &polynomials[0])
    add([0, 1, -3, 2], to: &polynomials[weights.count - 1])
    return Interpolant(order: 4, polynomials: polynomials)
  }

  /// Hermite's cubic through both ends and both derivatives of a step of a method whose last stage is
  /// the derivative at the end (Hairer, Nørsett, Wanner, II.6.7): of order 3, or the method's if that is
  /// less.
  public static func cubic(weights: [Double], order: Int = 3) -> Interpolant {
    var polynomials = weights.map { b in [0, 3 * b, -2 * b] }
    add([1, -2, 1], to: &polynomials[0])
    add([0, -1, 1], to: &polynomials[weights.count - 1])
    return Interpolant(order: min(order, 3), polynomials: polynomials)
  }

  /// w_0(x), ..., w_(s-1)(x).
  public func weights(at x: Double) -> [Double] {
    polynomials.map { $0.reversed().reduce(0) { ($0 + $1) * x } }
  }

  private static func add(_ terms: [Double], to polynomial: inout [Double]) {
    for power in terms.indices { polynomial[power] += terms[power] }
  }
}
