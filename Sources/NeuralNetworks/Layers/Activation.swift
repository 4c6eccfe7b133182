import Foundation
import Tensors

/// An elementwise function between two layers.
public enum Activation: String, Codable, Sendable, CaseIterable {
  case tanh, sin, relu, softplus
  /// x σ(x) for x ≥ 0, otherwise 0 (Cui et al. 2023, "On robustness of neural ODEs image
  /// classifiers", Information Sciences 632). The paper's formula could not be read; this is the
  /// natural reading, which a public module of that name shares. Continuous, with a slope that
  /// jumps from 0 to ½ at 0.
  case halfSwish = "half-swish"

  /// σ(x) elementwise, recorded.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .tanh: return x.tanh
    case .sin: return x.sin
    case .relu: return x.relu
    case .softplus: return x.softplus
    case .halfSwish:
      let positive = x.relu
      return positive * positive.sigmoid
    }
  }
}

extension Activation {
  /// A range that contains the slopes between any two points.
  public var slopes: ClosedRange<Double> {
    switch self {
    case .tanh, .relu, .softplus: 0...1
    case .sin: -1...1
    // σ(x) + x σ(x)(1 - σ(x)) has its maximum, 1.09984, at x = 2.3994.
    case .halfSwish: 0...1.0999
    }
  }
}
