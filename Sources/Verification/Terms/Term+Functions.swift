import Tensors

extension Term {
  private func applying(_ function: any ElementaryFunction) -> Term {
    Term(Elementwise(function: function), [self])
  }

  /// e^x.
  public var exp: Term { applying(Exponential()) }
  /// ln x; nothing is known where a component may be 0 or less.
  public var log: Term { applying(Logarithm()) }
  /// √x; nothing is known where a component may be below 0.
  public var squareRoot: Term { applying(SquareRoot()) }
  /// 1 / x; nothing is known where a component may be 0.
  public var reciprocal: Term { applying(Reciprocal()) }
  /// x².
  public var squared: Term { applying(Square()) }
  /// sin x.
  public var sin: Term { applying(Wave(kind: .sin)) }
  /// cos x.
  public var cos: Term { applying(Wave(kind: .cos)) }
  /// tan x; nothing is known where a pole may be in the range of a component.
  public var tan: Term { applying(Tangent()) }
  /// tanh x.
  public var tanh: Term { applying(Tanh()) }
  /// 1 - tanh² x.
  public var hyperbolicSecantSquared: Term { applying(SquaredSecant()) }
  /// ln(1 + e^x).
  public var softplus: Term { applying(Softplus()) }
  /// 1 / (1 + e^-x) = (1 + tanh(x/2)) / 2.
  public var sigmoid: Term { (self * 0.5).tanh * 0.5 + 0.5 }
  /// |x|.
  public var magnitude: Term { applying(Magnitude()) }
  /// max(x, 0).
  public var relu: Term { applying(Relu()) }
  /// 1 for x > 0, 0 for x < 0.
  var step: Term { applying(Step()) }

  /// The larger of two components; a term of one component is compared with all of the other.
  public func maximum(_ other: Term) -> Term {
    let width = max(self.width, other.width)
    return Term(Maximum(), [repeated(width), other.repeated(width)])
  }
  /// The smaller of two components, likewise.
  public func minimum(_ other: Term) -> Term { -(-self).maximum(-other) }

  /// x^n; for n < 0 the reciprocal of x^-n, for which `reciprocal` says where nothing is known.
  public func power(_ exponent: Int) -> Term {
    switch exponent {
    case ..<0: power(-exponent).reciprocal
    case 0: .constant([Double](repeating: 1, count: width))
    case 1: self
    case 2: squared
    default: applying(Power(exponent: exponent))
    }
  }

  /// x^p = e^(p ln x), for x > 0.
  public func power(_ exponent: Double) -> Term {
    if let whole = Int(exactly: exponent), whole.magnitude <= 64 { return power(whole) }
    return (log * exponent).exp
  }

  /// e^(x_i) / Σ_j e^(x_j), as σ(x_i - ln Σ_{j≠i} e^(x_j)): no step can overflow.
  public func softmax() -> Term {
    if width == 1 { return .constant(1) }
    // The m-th other of each component.
    let others = (1..<width).map { step in selecting((0..<width).map { ($0 + step) % width }) }
    let rest = others.dropFirst().reduce(others[0]) { sum, next in sum + (next - sum).softplus }
    return (self - rest).sigmoid
  }
}
