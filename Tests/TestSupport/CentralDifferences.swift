import Tensors

/// The derivative of a scalar function of one tensor by central differences, in float64.
package func centralDifferences(
  at x: Tensor, step: Double = 1e-6, _ function: (Tensor) -> Double
) -> Tensor {
  let center = x.doubles
  return Tensor(
    center.indices.map { index in
      func value(_ offset: Double) -> Double {
        var moved = center
        moved[index] += offset
        return function(Tensor(moved, shape: x.shape))
      }
      return (value(step) - value(-step)) / (2 * step)
    }, shape: x.shape)
}

/// The derivative of a scalar by a tensor that it reads, which is moved in place and put back.
package func centralDifferences(moving tensor: Tensor, _ function: () -> Tensor) -> Tensor {
  let start = tensor.detached * 1
  defer { tensor.assign(start) }
  return centralDifferences(at: start) { moved in
    tensor.assign(moved)
    return function().item
  }
}

/// The relative errors of the gradients of a scalar function of two tensors against central differences.
package func gradientErrors(
  at a: Tensor, _ b: Tensor, of function: (Tensor, Tensor) -> Tensor
) -> (Double, Double) {
  let (x, y) = (a.differentiable(), b.differentiable())
  let slopes = gradient(of: function(x, y), wrt: [x, y])
  return (
    relativeError(slopes[0], centralDifferences(at: a) { function($0, b).item }),
    relativeError(slopes[1], centralDifferences(at: b) { function(a, $0).item })
  )
}
