import NeuralNetworks
import StableDynamics
import Tensors

/// SODEF's field: layers x ↦ sin(-(W x + b)), with its Jacobian in closed form. Published are one
/// layer (MNIST and the model on Rebuffi et al.'s features) and three, 64-256-256-64 (the model on
/// TRADES's); the comparison of the Zubov-Net paper has two.
public struct SineField: Field {
  let layers: [Linear]
  /// Whether the last layer has its sine, so that |f_i| ≤ 1.
  let isFinallyActivated: Bool

  /// - Parameters:
  ///   - hidden: widths between the layers; empty for a single layer, which has its sine.
  public init(
    dimension: Int, hidden: [Int], isFinallyActivated: Bool = true, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    precondition(!hidden.isEmpty || isFinallyActivated, "a single layer without its sine is linear")
    layers = zip([dimension] + hidden, hidden + [dimension]).map {
      Linear(inputs: $0, outputs: $1, generator: generator, dtype: dtype, device: device)
    }
    self.isFinallyActivated = isFinallyActivated
  }

  /// A field of the given layers, the last one with its sine.
  init(layers: [Linear]) {
    self.layers = layers
    isFinallyActivated = true
  }

  /// Named as in a PyTorch `Sequential` with the sines between.
  public var state: ModuleState {
    layers.enumerated().reduce(ModuleState()) { $0 + $1.element.state.prefixed("\(2 * $1.offset)") }
  }

  private func isActivated(_ layer: Int) -> Bool {
    layer + 1 < layers.count || isFinallyActivated
  }

  /// f(h): states [N, d].
  public func callAsFunction(_ h: Tensor) -> Tensor {
    layers.indices.reduce(h) { x, k in
      let a = layers[k](x)
      return isActivated(k) ? -a.sin : a
    }
  }

  /// ∂f_i/∂h_j at states [N, d]: [N, d, d], recorded, with first derivatives alone in its graph,
  ///
  ///     J = D_K W_K ... D_1 W_1,   D_k = -diag(cos(W_k x_k + b_k)).
  public func jacobians(at h: Tensor) -> Tensor {
    var x = h
    var jacobians: Tensor?
    for (k, layer) in layers.enumerated() {
      let a = layer(x)
      let product = jacobians.map { layer.weight.matmul($0) } ?? layer.weight
      jacobians = isActivated(k) ? product * -a.cos.unsqueezed(2) : product
      x = isActivated(k) ? -a.sin : a
    }
    return jacobians!
  }
}

extension SineField {
  /// The products J v with the Jacobians at states [N, d], row by row, recorded: what `jacobians(at:)` gives,
  /// without a Jacobian.
  func jacobianProduct(at h: Tensor) -> (Tensor) -> Tensor {
    var x = h
    let slopes = layers.indices.map { k -> Tensor? in
      let a = layers[k](x)
      x = isActivated(k) ? -a.sin : a
      return isActivated(k) ? -a.cos : nil
    }
    return { v in
      zip(layers, slopes).reduce(v) { v, layer in
        let product = v.linear(weight: layer.0.weight)
        return layer.1.map { product * $0 } ?? product
      }
    }
  }
}

extension SineField: JacobianBounded {
  /// Slopes in [-1, 1] have the middle 0: products of norms.
  public var jacobianBall: JacobianBall {
    let dimension = layers[0].weight.shape[1]
    return JacobianBall(
      center: .zeros([dimension, dimension], device: layers[0].weight.device),
      radius: layers.reduce(1) { $0 * $1.lipschitzBound })
  }
}
