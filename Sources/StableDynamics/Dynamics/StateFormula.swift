import NeuralNetworks
import Tensors

/// What a field or a Lyapunov function can be written in besides tensors: values that stand for a vector
/// of numbers which depends on the state, for who reasons about formulas rather than points.
public protocol StateFormula {
  /// Numbers that do not depend on the state, [k] float64.
  static func constant(_ values: Tensor) -> Self
  /// Sums of components.
  static func + (a: Self, b: Self) -> Self
  /// Differences of components.
  static func - (a: Self, b: Self) -> Self
  /// Products of components; one of the two may have a single one.
  static func * (a: Self, b: Self) -> Self
  /// Products with a number.
  static func * (a: Self, b: Double) -> Self
  /// W x + b, float64.
  func linear(weight: Tensor, bias: Tensor?) -> Self
  /// e^{x_i} / Σ_j e^{x_j} over all components.
  func softmax() -> Self
  /// The hyperbolic tangent of each component.
  var tanh: Self { get }
  /// ln(1 + e^x) of each component.
  var softplus: Self { get }
  /// max(0, x) of each component.
  var relu: Self { get }
  /// x² of each component.
  var squared: Self { get }
  /// 1/x of each component.
  var reciprocal: Self { get }
  /// The sum of all components.
  var sum: Self { get }
}

/// A field that can be written as a formula, with its weights exactly as they are.
public protocol FormulaField: Field {
  /// f(h) over the real numbers, of which `callAsFunction` is the rounded value.
  func formula<Value: StateFormula>(of h: Value) -> Value
}

extension FormulaField {
  /// A parameter as float64, cut off from the graph.
  package func exact(_ parameter: Tensor) -> Tensor { parameter.detached.to(.cpu).to(.float64) }
}

extension TanhField: FormulaField {
  public func formula<Value: StateFormula>(of h: Value) -> Value {
    h.linear(weight: exact(first.weight), bias: exact(first.bias!)).tanh
      .linear(weight: exact(second.weight), bias: exact(second.bias!))
  }
}
