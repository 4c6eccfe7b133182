import Foundation
import NeuralNetworks
import StableDynamics
import Tensors

/// A field with a zero at every equilibrium c_i, whatever its weights (in floating point 1e-11 of its
/// size elsewhere in float64 and 2e-5 in float32, as tests say):
///
///     f(h) = F(h) - Σ_i w_i(h) F(c_i),
///     F(h) = a (Σ_i softmax(⟨h, c⟩ / τ)_i c_i - h) + W_2 tanh(W_0 h + b_0).
///
/// The attention drift alone has a sink near each c_i, in any dimension; a free perceptron does not
/// learn that many. The leak -a h keeps states bounded, as tanh is. w are Shepard's weights,
/// proportional to 1 / ||h - c_i||²; a bias after W_2 would cancel, so there is none.
public struct SinkField: Field {
  let first: Linear
  let second: Linear
  /// ln a and ln τ, [1] each.
  let logRate: Tensor
  let logTemperature: Tensor
  /// c_i, [L, d].
  let equilibria: Tensor

  /// - Parameter rate: a at the start; τ begins at ||c||² / 4.
  public init(
    equilibria: Tensor, hidden: Int, rate: Double, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    let dimension = equilibria.shape[1]
    first = Linear(
      inputs: dimension, outputs: hidden, generator: generator, dtype: dtype, device: device)
    second = Linear(
      inputs: hidden, outputs: dimension, hasBias: false, generator: generator, dtype: dtype,
      device: device)
    func parameter(_ value: Double) -> Tensor {
      Tensor.full(value, [1], dtype: dtype, device: device).differentiable()
    }
    logRate = parameter(log(rate))
    logTemperature = parameter(log(equilibria.squared.sum(along: 1).mean().item / 4))
    self.equilibria = equilibria
  }

  public var state: ModuleState {
    first.state.prefixed("0") + second.state.prefixed("2")
      + ModuleState(parameters: ["log_rate": logRate, "log_temperature": logTemperature])
  }

  public func callAsFunction(_ h: Tensor) -> Tensor { prepared()(h) }

  /// f with what does not depend on h computed once, however many states follow.
  public func prepared() -> (Tensor) -> Tensor {
    let rate = logRate.exp
    let keys = (equilibria / logTemperature.exp).transposed
    let centers = equilibria * rate
    func drift(_ h: Tensor) -> Tensor {
      second(first(h).tanh) + h.matmul(keys).softmax(along: 1).matmul(centers) - h * rate
    }
    let corrections = drift(equilibria)
    let columns = equilibria.transposed * 2
    let lengths = equilibria.squared.sum(along: 1)
    return { h in
      let squares = h.squared.sum(along: 1, keeping: true) - h.matmul(columns) + lengths
      // 1 / r² over their sum, also where r is 0.
      let weights = (-squares.maximum(1e-14).log).softmax(along: 1)
      return drift(h) - weights.matmul(corrections)
    }
  }
}

extension SinkField: FormulaField {
  /// Shepard's weights are written without a division by 0, as products of the other squared distances
  /// over their sum, so that f(c_i) = 0 exactly.
  public func formula<Value: StateFormula>(of h: Value) -> Value {
    let equilibria = exact(equilibria)
    let rate = exact(logRate).exp.item
    let keys = equilibria / exact(logTemperature).exp
    let centers = (equilibria * rate).transposed.contiguous()
    func drift(_ h: Value) -> Value {
      h.linear(weight: exact(first.weight), bias: exact(first.bias!)).tanh
        .linear(weight: exact(second.weight), bias: nil)
        + h.linear(weight: keys, bias: nil).softmax().linear(weight: centers, bias: nil) - h * rate
    }
    let points = (0..<equilibria.shape[0]).map { Value.constant(equilibria[$0]) }
    let squares = points.map { (h - $0).squared.sum }
    let products = points.indices.map { i in
      let others = points.indices.filter { $0 != i }.map { squares[$0] }
      return others.dropFirst().reduce(others[0], *)
    }
    let share = products.dropFirst().reduce(products[0], +).reciprocal
    let corrections = zip(products, points).map { $0 * drift($1) }
    return drift(h) - corrections.dropFirst().reduce(corrections[0], +) * share
  }
}
