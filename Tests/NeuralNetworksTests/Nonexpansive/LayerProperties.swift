import NeuralNetworks
import Tensors

/// The Jacobian of a map of vectors or maps at one sample x, [outputs, inputs].
///
/// - Parameter sample: without the batch; `batch` puts it where the map expects it.
func jacobian(of map: (Tensor) -> Tensor, at x: Tensor) -> Tensor {
  let leaf = x.differentiable()
  let y = map(leaf)
  let flat = y.reshaped([-1])
  let rows = (0..<flat.count).map { index in
    gradient(of: flat[index], wrt: [leaf], retaining: true)[0].reshaped([-1])
  }
  return .stacked(rows)
}

/// Singular values of a matrix in ascending order, by the eigenvalues of its smaller Gram matrix.
func singularValues(_ matrix: Tensor) -> [Double] {
  let isTall = matrix.shape[0] > matrix.shape[1]
  let gram = isTall ? matrix.transposed.matmul(matrix) : matrix.matmul(matrix.transposed)
  return gram.symmetricEigen.values.doubles.map { max($0, 0).squareRoot() }
}

/// Whether derivatives of Σ u f(x) by x and by the parameters are those of central differences along
/// random directions, relative to their size.
func worstSlopeError(
  of layer: any NonexpansiveLayer, at x: Tensor, generator: RandomGenerator
) -> Double {
  let u = generator.normal(layer(x).shape, dtype: .float64)
  let leaf = x.differentiable()
  let parameters = layer.parameters
  let slopes = gradient(of: (u * layer(leaf)).sum(), wrt: [leaf] + parameters)
  let h = 1e-6
  var worst = 0.0
  func compare(_ slope: Tensor, _ v: Tensor, _ value: (Double) -> Double) {
    let difference = (value(h) - value(-h)) / (2 * h)
    worst = max(worst, abs((slope * v).sum().item - difference) / max(1, abs(difference)))
  }
  func value(_ x: Tensor) -> Double { withoutGradients { (u * layer(x)).sum().item } }
  let v = generator.normal(x.shape, dtype: .float64)
  compare(slopes[0], v) { value(x + v * $0) }
  for (parameter, slope) in zip(parameters, slopes.dropFirst()) {
    let (start, v) = (parameter.detached + 0, generator.normal(parameter.shape, dtype: .float64))
    compare(slope, v) { step in
      parameter.assign(start + v * step)
      defer { parameter.assign(start) }
      return value(x)
    }
  }
  return worst
}
