import Foundation
import Tensors

/// A map with a known upper bound of its Lipschitz constant in the Euclidean norm: for all x, y,
/// ||F(x) - F(y)|| ≤ bound · ||x - y||, in inference mode.
public protocol LipschitzBounded {
  var lipschitzBound: Double { get }
}

extension Tensor {
  /// An upper bound, within about one per cent, of the largest singular value of each matrix
  /// [..., m, n]: ||A||² = ρ(AᵀA) ≤ ||(AᵀA)^p||_F^(1/p) with p = 2^9, in float64, the scale kept
  /// apart.
  public var spectralNormBounds: Tensor {
    withoutGradients {
      let matrix = to(.float64)
      let isTall = matrix.shape[rank - 2] > matrix.shape[rank - 1]
      var power = isTall ? matrix.transposed.matmul(matrix) : matrix.matmul(matrix.transposed)
      var logScale = Tensor.zeros(Array(shape.dropLast(2)), dtype: .float64, device: device)
      func frobenius(_ x: Tensor) -> Tensor {
        x.squared.sum(along: x.rank - 2, x.rank - 1).squareRoot.maximum(1e-300)
      }
      let squarings = 9
      for _ in 0..<squarings {
        let scale = frobenius(power)
        power = power / scale.unsqueezed(-1).unsqueezed(-1)
        logScale = (logScale + scale.log) * 2
        power = power.matmul(power)
      }
      return ((logScale + frobenius(power).log) * (0.5 / Double(1 << squarings))).exp
    }
  }
}

extension Linear: LipschitzBounded {
  public var lipschitzBound: Double { weight.spectralNormBounds.item }
}

extension Convolution: LipschitzBounded {
  /// The kernel as a matrix acts on patches, and a pixel is part of at most ⌈k/s⌉² of them:
  /// ||conv|| ≤ ⌈k/s⌉ ||W||, W [outputs, inputs k²].
  public var lipschitzBound: Double {
    let size = weight.shape[2]
    let overlap = (size + stride - 1) / stride
    return Double(overlap) * weight.reshaped([weight.shape[0], -1]).spectralNormBounds.item
  }
}

extension InputNormalization: LipschitzBounded {
  public var lipschitzBound: Double { 1 / deviation.min()! }
}

extension LayerNormalization {
  /// radius / √(d ε): the bound where the variance vanishes; no smaller one holds everywhere.
  public func lipschitzBound(dimension: Int) -> Double {
    radius / (Double(dimension) * epsilon).squareRoot()
  }

  /// radius / (√d σ): the bound among features whose deviation is at least σ.
  public func lipschitzBound(dimension: Int, leastDeviation: Double) -> Double {
    radius / (Double(dimension).squareRoot() * max(leastDeviation, epsilon.squareRoot()))
  }
}

extension SmallExtractor: LipschitzBounded {
  public var lipschitzBound: Double {
    [conv1, conv2, conv3].reduce(fc.lipschitzBound) { $0 * $1.lipschitzBound }
  }
}

extension PointExtractor: LipschitzBounded {
  /// tanh and ReLU have slopes of at most 1.
  public var lipschitzBound: Double { layers.reduce(1) { $0 * $1.lipschitzBound } }
}

extension NormalizedExtractor: LipschitzBounded {
  public var lipschitzBound: Double { normalization.lipschitzBound * extractor.lipschitzBound }
}

extension ResNet18: LipschitzBounded {
  public var lipschitzBound: Double {
    let entry = stem.folded.convolution.lipschitzBound
    return stages.joined().reduce(entry) { $0 * $1.lipschitzBound } * fc.lipschitzBound
  }
}

extension ResidualBlock: LipschitzBounded {
  var lipschitzBound: Double {
    let folded = folded
    let residual =
      folded.first.convolution.lipschitzBound * folded.second.convolution.lipschitzBound
    return residual + (folded.shortcut?.convolution.lipschitzBound ?? 1)
  }
}
