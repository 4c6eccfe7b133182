import CTorch

extension Tensor {
  @inline(__always)
  private func unary(_ operation: CTUnary, _ name: String) -> Tensor {
    Tensor(ct_unary(Int32(operation.rawValue), handle), name, [self])
  }

  /// -x, elementwise.
  public var negated: Tensor { unary(CT_NEGATE, "negated") }
  /// |x|, elementwise.
  public var magnitude: Tensor { unary(CT_ABS, "magnitude") }
  /// -1, 0 or 1, elementwise.
  public var sign: Tensor { unary(CT_SIGN, "sign") }
  /// e^x, elementwise.
  public var exp: Tensor { unary(CT_EXP, "exp") }
  /// e^x - 1, exact near 0, elementwise.
  public var expm1: Tensor { unary(CT_EXPM1, "expm1") }
  /// ln x, elementwise.
  public var log: Tensor { unary(CT_LOG, "log") }
  /// ln(1 + x), exact near 0, elementwise.
  public var log1p: Tensor { unary(CT_LOG1P, "log1p") }
  /// √x, elementwise.
  public var squareRoot: Tensor { unary(CT_SQRT, "squareRoot") }
  /// x², elementwise.
  public var squared: Tensor { unary(CT_SQUARE, "squared") }
  /// 1 / x, elementwise.
  public var reciprocal: Tensor { unary(CT_RECIPROCAL, "reciprocal") }
  /// tanh x, elementwise.
  public var tanh: Tensor { unary(CT_TANH, "tanh") }
  /// 1 / (1 + e^-x), elementwise.
  public var sigmoid: Tensor { unary(CT_SIGMOID, "sigmoid") }
  /// max(x, 0), elementwise.
  public var relu: Tensor { unary(CT_RELU, "relu") }
  /// ln(1 + e^x), elementwise.
  public var softplus: Tensor { unary(CT_SOFTPLUS, "softplus") }
  /// sin x, elementwise.
  public var sin: Tensor { unary(CT_SIN, "sin") }
  /// cos x, elementwise.
  public var cos: Tensor { unary(CT_COS, "cos") }
  /// arccos x, in [0, π]; NaN outside of [-1, 1], elementwise.
  public var acos: Tensor { unary(CT_ACOS, "acos") }
  /// the largest integer not above x, elementwise.
  public var floor: Tensor { unary(CT_FLOOR, "floor") }
  /// the nearest integer, ties to even, elementwise.
  public var rounded: Tensor { unary(CT_ROUND, "rounded") }
  /// whether the element is neither infinite nor a NaN, elementwise.
  public var isFinite: Tensor { unary(CT_IS_FINITE, "isFinite") }

  /// Elements confined to a range.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    Tensor(ct_clamp(handle, range.lowerBound, range.upperBound), "clamped", [self])
  }
}

// MARK: - Arithmetic and comparison

extension Tensor {
  @inline(__always)
  private func binary(_ operation: CTBinary, _ other: Tensor, _ name: String) -> Tensor {
    Tensor(ct_binary(Int32(operation.rawValue), handle, other.handle), name, [self, other])
  }

  @inline(__always)
  private func binary(_ operation: CTBinary, _ other: Double, _ name: String) -> Tensor {
    Tensor(ct_binary_scalar(Int32(operation.rawValue), handle, other), name, [self])
  }

  /// -x, elementwise.
  public static prefix func - (x: Tensor) -> Tensor { x.negated }

  /// a + b elementwise; shapes broadcast, as in all operations of two tensors here.
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_ADD, b, "+") }
  /// a + b for each element of a.
  public static func + (a: Tensor, b: Double) -> Tensor { a.binary(CT_ADD, b, "+") }
  /// a - b elementwise.
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_SUBTRACT, b, "-") }
  /// a - b for each element of a.
  public static func - (a: Tensor, b: Double) -> Tensor { a.binary(CT_SUBTRACT, b, "-") }
  /// a b elementwise; the matrix product is `matmul`.
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_MULTIPLY, b, "*") }
  /// a b for each element of a.
  public static func * (a: Tensor, b: Double) -> Tensor { a.binary(CT_MULTIPLY, b, "*") }
  /// a / b elementwise.
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_DIVIDE, b, "/") }
  /// a / b for each element of a.
  public static func / (a: Tensor, b: Double) -> Tensor { a.binary(CT_DIVIDE, b, "/") }
  /// a + b for each element of b.
  public static func + (a: Double, b: Tensor) -> Tensor { b + a }
  /// a - b for each element of b.
  public static func - (a: Double, b: Tensor) -> Tensor { -b + a }
  /// a b for each element of b.
  public static func * (a: Double, b: Tensor) -> Tensor { b * a }
  /// a / b for each element of b.
  public static func / (a: Double, b: Tensor) -> Tensor { b.reciprocal * a }

  /// a becomes a new tensor a + b: not in place, so it can be differentiated.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// a becomes a new tensor a - b.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// a becomes a new tensor a b, elementwise.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }

  /// x to the power `exponent`, elementwise.
  public func power(_ exponent: Double) -> Tensor { binary(CT_POWER, exponent, "power") }
  /// The larger of two elements; where they are equal, each has half the gradient.
  public func maximum(_ other: Tensor) -> Tensor { binary(CT_MAXIMUM, other, "maximum") }
  /// The larger of each element and a number.
  public func maximum(_ other: Double) -> Tensor { binary(CT_MAXIMUM, other, "maximum") }
  /// The smaller of two elements; where they are equal, each has half the gradient.
  public func minimum(_ other: Tensor) -> Tensor { binary(CT_MINIMUM, other, "minimum") }
  /// The smaller of each element and a number.
  public func minimum(_ other: Double) -> Tensor { binary(CT_MINIMUM, other, "minimum") }

  /// Whether elements are equal (bool); no NaN equals anything.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_EQUAL, b, ".==") }
  /// Whether each element equals a number (bool).
  public static func .== (a: Tensor, b: Double) -> Tensor { a.binary(CT_EQUAL, b, ".==") }
  /// Whether elements differ (bool); a NaN differs from everything.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_NOT_EQUAL, b, ".!=") }
  /// Whether each element differs from a number (bool).
  public static func .!= (a: Tensor, b: Double) -> Tensor { a.binary(CT_NOT_EQUAL, b, ".!=") }
  /// Whether elements of a are below those of b (bool).
  public static func .< (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_LESS, b, ".<") }
  /// Whether each element is below a number (bool).
  public static func .< (a: Tensor, b: Double) -> Tensor { a.binary(CT_LESS, b, ".<") }
  /// Whether elements of a are at most those of b (bool).
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_LESS_EQUAL, b, ".<=") }
  /// Whether each element is at most a number (bool).
  public static func .<= (a: Tensor, b: Double) -> Tensor { a.binary(CT_LESS_EQUAL, b, ".<=") }
  /// Whether elements of a are above those of b (bool).
  public static func .> (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_GREATER, b, ".>") }
  /// Whether each element is above a number (bool).
  public static func .> (a: Tensor, b: Double) -> Tensor { a.binary(CT_GREATER, b, ".>") }
  /// Whether elements of a are at least those of b (bool).
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_GREATER_EQUAL, b, ".>=") }
  /// Whether each element is at least a number (bool).
  public static func .>= (a: Tensor, b: Double) -> Tensor { a.binary(CT_GREATER_EQUAL, b, ".>=") }

  /// Whether both elements are true, which all but 0 are (bool).
  public static func .& (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_AND, b, ".&") }
  /// Whether one of two elements is true, or both are (bool).
  public static func .| (a: Tensor, b: Tensor) -> Tensor { a.binary(CT_OR, b, ".|") }
  /// Whether each element is false, which is 0 (bool).
  public static prefix func .! (a: Tensor) -> Tensor { a.unary(CT_NOT, ".!") }

  /// Matrix product; leading axes are a batch.
  public func matmul(_ other: Tensor) -> Tensor { binary(CT_MATMUL, other, "matmul") }

  /// `self + Σ weights[k] · terms[k]` in one pass over memory, differentiable.
  public func adding(_ terms: [Tensor], weights: [Double]) -> Tensor {
    precondition(terms.count == weights.count, "\(terms.count) terms, \(weights.count) weights")
    if terms.isEmpty { return self }
    return withHandles(terms) { handles, count in
      Tensor(
        ct_linear_combination(handle, handles, weights, count), "adding", [self] + terms)
    }
  }

  /// `a` where the condition holds, else `b`.
  public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    Tensor(ct_where(condition.handle, a.handle, b.handle), "select", [condition, a, b])
  }
}

infix operator .& : LogicalConjunctionPrecedence
infix operator .| : LogicalDisjunctionPrecedence
prefix operator .!
