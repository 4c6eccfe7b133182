import Foundation
import NeuralNetworks
import Tensors

/// The scales Q of the bound of a logarithmic norm from above; see `LogNormBound`.
struct SlopeRelaxation: Sendable {
  /// ln q, [n] in float64.
  let logScales: Tensor

  /// Scales that make the two parts of each neuron alike.
  init(_ jacobian: LayeredJacobian) {
    let outer = jacobian.outer?.norm(along: 0).maximum(1e-12)
    let inner = jacobian.inner.norm(along: 1).maximum(1e-12)
    logScales = (outer.map { inner / $0 } ?? inner).log.detached
  }

  init(logScales: Tensor) { self.logScales = logScales }

  /// The symmetric matrix [d, d] whose largest eigenvalue is the bound, recorded.
  func matrix(of jacobian: LayeredJacobian) -> Tensor {
    let (slopes, inner, scales) = (jacobian.slopes, jacobian.inner, logScales.exp)
    let center = (slopes.lowerBound + slopes.upperBound) / 2
    let radius = (slopes.upperBound - slopes.lowerBound) / 2
    let product = jacobian.outer?.matmul(inner) ?? inner
    let scaled = jacobian.outer(times: scales)
    let outerPart = jacobian.outer.map { scaled.matmul($0.transposed) } ?? scaled
    let innerPart = (inner.transposed / scales).matmul(inner)
    return (product + product.transposed) * (center / 2)
      + (outerPart + innerPart) * (radius / 2)
  }

  /// The bound.
  func value(of jacobian: LayeredJacobian) -> Double {
    withoutGradients { matrix(of: jacobian).symmetricEigen.values.max().item }
  }

  /// Better scales for a Jacobian: Adam on the largest eigenvalues, softened less and less, and the best that
  /// it meets.
  func tightened(_ jacobian: LayeredJacobian, steps: Int = 300) -> SlopeRelaxation {
    var best = (value: value(of: jacobian), relaxation: self)
    let scales = (logScales * 1).differentiable()
    let optimizer = Adam(ModuleState(parameters: ["scales": scales]))
    for step in 0..<steps {
      let progress = Double(step) / Double(steps)
      optimizer.learningRate = 0.03 * pow(0.05, progress)
      let hardness = 30 * pow(30, progress)
      let relaxation = SlopeRelaxation(logScales: scales)
      let matrix = relaxation.matrix(of: jacobian)
      let (values, vectors) = withoutGradients { matrix.detached.symmetricEigen }
      let value = values.max().item
      if value < best.value {
        best = (value, SlopeRelaxation(logScales: (scales * 1).detached))
      }
      // The gradient of ln Σ exp(κ λ_i) / κ: a mean over the eigenvectors of the largest ones.
      let shares = withoutGradients {
        (values * (hardness / max(abs(value), 1e-12))).softmax(along: 0)
      }
      let seed = withoutGradients { (vectors * shares).matmul(vectors.transposed) }
      optimizer.step(gradients: gradient(of: matrix, wrt: [scales], seed: seed))
    }
    return best.relaxation
  }
}
