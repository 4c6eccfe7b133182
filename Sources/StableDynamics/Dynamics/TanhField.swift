import DifferentialEquations
import NeuralNetworks
import Tensors

/// The paper's dynamics, f(h) = W_2 tanh(W_0 h + b_0) + b_2: a two-layer MLP, autonomous.
public struct TanhField: Field {
  let first: Linear
  let second: Linear

  /// Creates a field with initial weights as of PyTorch's `Linear`.
  ///
  /// - Parameters:
  ///   - dimension: d.
  ///   - hidden: the width n of the hidden layer.
  public init(
    dimension: Int, hidden: Int, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    func layer(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(
        inputs: inputs, outputs: outputs, generator: generator, dtype: dtype, device: device)
    }
    first = layer(dimension, hidden)
    second = layer(hidden, dimension)
  }

  public var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  /// f(h): states [N, d]. Once differentiable; `secondOrder(_:)` is the plain form.
  public func callAsFunction(_ h: Tensor) -> Tensor {
    let inputs = [h, first.weight, first.bias!, second.weight, second.bias!]
    return withSelectiveBackward(inputs) {
      let states = h.detached
      let hidden = states.linear(weight: first.weight, bias: first.bias).fastTanh
      let (w0, w2) = (first.weight.detached, second.weight.detached)
      return (
        [hidden.linear(weight: w2, bias: second.bias)],
        { outputs, isNeeded in
          guard let output = outputs[0] else { return isNeeded.map { _ in nil } }
          let a = output.matmul(w2).tanhBackward(value: hidden)
          return [
            isNeeded[0] ? a.matmul(w0) : nil,
            isNeeded[1] ? a.transposed.matmul(states) : nil,
            isNeeded[2] ? a.sum(along: 0) : nil,
            isNeeded[3] ? output.transposed.matmul(hidden) : nil,
            isNeeded[4] ? output.sum(along: 0) : nil,
          ]
        }
      )
    }[0]
  }

  public var hiddenUnits: [HiddenUnits] {
    [HiddenUnits(from: "0", to: "2", activation: .tanh, setting: "hidden")]
  }

  public func preparedForSolver() -> VectorField {
    guard
      let stages = PerceptronStages(
        firstWeight: first.weight, firstBias: first.bias!, secondWeight: second.weight,
        secondBias: second.bias!)
    else { return .autonomous(prepared()) }
    return .staged(Staged(field: self, perceptron: stages))
  }

  /// f whose steps are taken as a whole.
  private struct Staged: StagedField {
    let field: TanhField
    let perceptron: PerceptronStages

    func callAsFunction(_ state: Tensor) -> Tensor { field(state) }

    func stages(
      from state: Tensor, derivative: Tensor, coefficients: [[Double]], sizes: [Double]
    ) -> (derivatives: [Tensor], last: Tensor) {
      perceptron.stages(
        from: state, derivative: derivative, coefficients: coefficients, sizes: sizes)
    }
  }

  /// f(h) from recorded operations only, differentiable any number of times.
  public func secondOrder(_ h: Tensor) -> Tensor { second(first(h).tanh) }
}
