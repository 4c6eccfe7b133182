import Foundation
import Tensors

/// W(u) = w_L tanh(… tanh(W_1 u + b_1) …) + b_L: a scalar function, all of whose derivatives that a fit
/// needs are written out.
struct TanhNetwork {
  /// [out, in] and [out] of each layer, float64.
  var weights: [Tensor]
  var biases: [Tensor]

  init(inputs: Int, hidden: [Int], generator: RandomGenerator) {
    let sizes = [inputs] + hidden + [1]
    weights = []
    biases = []
    for (from, to) in zip(sizes, sizes.dropFirst()) {
      // Wider in the first layer: its units are to bend inside the box.
      let deviation = (weights.isEmpty ? 1.5 : 1) / Double(from).squareRoot()
      weights.append(generator.normal([to, from], deviation: deviation, dtype: .float64))
      biases.append(generator.normal([to], deviation: 0.3, dtype: .float64))
    }
  }

  var parameterCount: Int { zip(weights, biases).reduce(0) { $0 + $1.0.count + $1.1.count } }

  /// All weights and biases one after the other, layer by layer, [p].
  var parameters: Tensor {
    get {
      .concatenated(zip(weights, biases).flatMap { [$0.flattened(), $1] })
    }
    set {
      var position = 0
      func next(_ count: Int) -> Tensor {
        defer { position += count }
        return newValue.sliced(position..<position + count)
      }
      for layer in weights.indices {
        weights[layer] = next(weights[layer].count).reshaped(weights[layer].shape)
        biases[layer] = next(biases[layer].count)
      }
    }
  }

  /// The network as a term of u.
  func value(at units: Term) -> Term {
    var x = units
    for (layer, (weight, bias)) in zip(weights, biases).enumerated() {
      x = x.linear(weight: weight, bias: bias)
      if layer < weights.count - 1 { x = x.tanh }
    }
    return x
  }

  /// W and its derivative along v at N points, with what it takes to differentiate both by the parameters.
  struct Passage {
    /// W, [N].
    let values: Tensor
    /// ∇W·v, [N].
    let rates: Tensor
    /// For each layer its input and the input's change along v, and tanh, tanh' and the change before it.
    fileprivate let layers: [Layer]
    fileprivate let weights: [Tensor]

    fileprivate struct Layer {
      let input, inputChange: Tensor
      let output, slope, change: Tensor?
    }

    /// The derivatives of a W + b ∇W·v by the parameters: [N, p].
    func derivatives(value a: Double, rate b: Double) -> Tensor {
      let count = values.shape[0]
      // Adjoints of a layer's output and of the output's change.
      var adjoint = Tensor.full(a, [count, 1], dtype: .float64)
      var changeAdjoint = Tensor.full(b, [count, 1], dtype: .float64)
      var parts: [Tensor] = []
      for (layer, weight) in zip(layers, weights).reversed() {
        if let output = layer.output, let slope = layer.slope, let change = layer.change {
          let inner = slope * changeAdjoint
          adjoint = slope * adjoint - 2 * (output * change) * inner
          changeAdjoint = inner
        }
        let byWeight =
          adjoint.unsqueezed(2) * layer.input.unsqueezed(1)
          + changeAdjoint.unsqueezed(2) * layer.inputChange.unsqueezed(1)
        parts = [byWeight.reshaped([count, weight.count]), adjoint] + parts
        (adjoint, changeAdjoint) = (adjoint.matmul(weight), changeAdjoint.matmul(weight))
      }
      return .concatenated(parts, along: 1)
    }
  }

  /// Goes through the network at u [N, d] along v [N, d].
  func passage(at units: Tensor, along direction: Tensor) -> Passage {
    var (x, change) = (units, direction)
    var layers: [Passage.Layer] = []
    for (index, (weight, bias)) in zip(weights, biases).enumerated() {
      let (input, inputChange) = (x, change)
      x = input.linear(weight: weight, bias: bias)
      change = inputChange.linear(weight: weight)
      guard index < weights.count - 1 else {
        layers.append(
          .init(input: input, inputChange: inputChange, output: nil, slope: nil, change: nil))
        break
      }
      let output = x.tanh
      let slope = 1 - output.squared
      layers.append(
        .init(
          input: input, inputChange: inputChange, output: output, slope: slope, change: change))
      (x, change) = (output, slope * change)
    }
    return Passage(
      values: x.squeezed(1), rates: change.squeezed(1), layers: layers, weights: weights)
  }
}
