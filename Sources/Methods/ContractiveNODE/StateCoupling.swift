import NeuralNetworks
import Tensors

/// The affine map h ↦ W h + b inside a contractive field, on states [N, d]. W need not be written
/// out: it is known by its products and its rows, of which contraction in the largest norm asks
///
///     w_i = W_ii + Σ_{j≠i} |W_ij|,   max_i w_i = μ_∞(W), the logarithmic norm.
public protocol StateCoupling: Module, Sendable {
  /// W h + b, recorded.
  func callAsFunction(_ h: Tensor) -> Tensor
  /// W v, recorded.
  func product(_ v: Tensor) -> Tensor
  /// Wᵀ u, recorded.
  func transposedProduct(_ u: Tensor) -> Tensor
  /// w_i of every component of the state, [d], recorded.
  var rows: Tensor { get }
  /// Upper bounds of `rows`, one for each group of them that shares its weights, recorded.
  var rowBounds: Tensor { get }
  /// At least the spectral norm of (J + Jᵀ) / 2 for J = diag(s) W with any slopes 0 ≤ s_i ≤ 1, a
  /// single element: (max_i Σ_j |W_ij| + max_j Σ_i |W_ij|) / 2.
  var symmetricNormBound: Tensor { get }
  /// T_i = Σ_j |G_ij| q_j / q_i with G = W Wᵀ, or more, [d] in float64, recorded: diag(T) - W Wᵀ has no
  /// negative eigenvalue, whatever the scales.
  ///
  /// - Parameter scales: q > 0, one for each group of rows that shares its weights.
  func gramBounds(scales: Tensor) -> Tensor
  /// The same map with W_ii lowered where `rowBounds` exceed a limit, by as much as they do, so that
  /// none does; recorded. It is the identity where all rows are within their limit.
  func lowered(toRows limit: Double) -> any StateCoupling
  /// Makes W a multiple of the identity.
  func assign(multipleOfIdentity factor: Double)
}

extension StateCoupling {
  /// W written out, [d, d], without the graph.
  var matrix: Tensor {
    withoutGradients {
      let dimension = rows.shape[0]
      return transposedProduct(Tensor.identity(dimension).like(rows)).detached
    }
  }
}

/// W [d, d] as it stands.
public struct DenseCoupling: StateCoupling {
  let linear: Linear

  /// Takes W and b as its own parameters.
  ///
  /// - Precondition: W is square and there is a bias.
  public init(_ linear: Linear) {
    precondition(
      linear.weight.shape[0] == linear.weight.shape[1] && linear.bias != nil,
      "DenseCoupling of weight \(linear.weight.shape)")
    self.linear = linear
  }

  public var state: ModuleState { linear.state }

  public func callAsFunction(_ h: Tensor) -> Tensor { linear(h) }
  public func product(_ v: Tensor) -> Tensor { v.linear(weight: linear.weight) }
  public func transposedProduct(_ u: Tensor) -> Tensor { u.matmul(linear.weight) }

  private var diagonal: Tensor {
    Tensor.identity(linear.weight.shape[0]).like(linear.weight)
  }

  public var rows: Tensor { linear.weight.withMagnitudes(except: diagonal).sum(along: 1) }
  public var rowBounds: Tensor { rows }

  public var symmetricNormBound: Tensor {
    let magnitudes = linear.weight.magnitude
    return (magnitudes.sum(along: 1).max() + magnitudes.sum(along: 0).max()) * 0.5
  }

  /// x·Gx ≤ Σ_ij |G_ij| (q_j x_i² / q_i + q_i x_j² / q_j) / 2 = Σ_i T_i x_i² for G = W Wᵀ.
  public func gramBounds(scales: Tensor) -> Tensor {
    let (weight, scales) = (linear.weight.to(.float64), scales.to(.float64))
    let gram = weight.matmul(weight.transposed).magnitude
    return gram.matmul(scales.unsqueezed(1)).squeezed(1) / scales
  }

  public func lowered(toRows limit: Double) -> any StateCoupling {
    let excess = (rowBounds - limit).relu.unsqueezed(1)
    return DenseCoupling(Linear(weight: linear.weight - diagonal * excess, bias: linear.bias))
  }

  public func assign(multipleOfIdentity factor: Double) {
    linear.weight.assign(diagonal * factor)
  }
}

/// A convolution of maps [c, h, w] with an odd kernel K, stride 1 and zero padding that keeps their
/// size; states are the flattened maps, d = c h w.
///
/// **Rows.** Row (c, p) of W, for output channel c at pixel p, holds each tap K[c, c', δ] at most
/// once, at (c', p + δ), and only if that pixel is inside the map. Its diagonal entry is the tap
/// K[c, c, 0] in the middle of the kernel, which is always inside, as p is. So
///
///     w_(c,p) = K[c, c, 0] + Σ |K[c, c', δ]|  over the other taps with p + δ inside
///             ≤ K[c, c, 0] + Σ |K[c, c', δ]|  over all other taps,
///
/// as padding takes only non-negative terms away, with equality where no tap is cut off. The bound
/// costs O(size of the kernel) whatever the size of the maps, and an inequality that holds for
/// all bounds holds for all rows.
public struct ConvolutionalCoupling: StateCoupling {
  let convolution: Convolution
  /// [c, h, w].
  public let mapShape: [Int]

  /// Takes K and b as its own parameters.
  ///
  /// - Precondition: K keeps the channels and the size of maps of this shape, [c, h, w]: odd, of
  ///   stride 1, padded with zeros, and with a bias.
  public init(_ convolution: Convolution, mapShape: [Int]) {
    let shape = convolution.weight.shape
    precondition(
      shape[0] == shape[1] && shape[0] == mapShape[0] && shape[2] == shape[3]
        && shape[2] == 2 * convolution.padding + 1 && convolution.stride == 1
        && convolution.bias != nil,
      "ConvolutionalCoupling of weight \(shape) on maps \(mapShape)")
    self.convolution = convolution
    self.mapShape = mapShape
  }

  public var state: ModuleState { convolution.state }

  private var kernel: Tensor { convolution.weight }

  private func maps(_ states: Tensor) -> Tensor { states.reshaped([-1] + mapShape) }

  private func convolved(_ states: Tensor, kernel: Tensor) -> Tensor {
    maps(states).convolved(weight: kernel, padding: convolution.padding).flattened(from: 1)
  }

  public func callAsFunction(_ h: Tensor) -> Tensor { convolution(maps(h)).flattened(from: 1) }

  public func product(_ v: Tensor) -> Tensor { convolved(v, kernel: kernel) }

  /// A convolution with the kernel turned around and its channels exchanged.
  public func transposedProduct(_ u: Tensor) -> Tensor {
    convolved(
      u, kernel: kernel.permuted([1, 0, 2, 3]).flipped(along: 2).flipped(along: 3).contiguous())
  }

  /// 1 at K[c, c, 0], [c, c, k, k].
  private var center: Tensor {
    let padding = convolution.padding
    return Tensor.identity(mapShape[0]).reshaped([mapShape[0], mapShape[0], 1, 1])
      .padded([padding, padding, padding, padding]).like(kernel)
  }

  public var rows: Tensor {
    let ones = Tensor.ones([1] + mapShape, dtype: kernel.dtype, device: kernel.device)
    return convolved(ones, kernel: kernel.withMagnitudes(except: center)).squeezed(0)
  }

  /// [c].
  public var rowBounds: Tensor {
    kernel.withMagnitudes(except: center).sum(along: 1, 2, 3)
  }

  public var symmetricNormBound: Tensor {
    let magnitudes = kernel.magnitude
    return (magnitudes.sum(along: 1, 2, 3).max() + magnitudes.sum(along: 0, 2, 3).max()) * 0.5
  }

  /// On maps without an end, W Wᵀ would be a convolution with the kernel's correlations
  /// G[c, c', δ] = Σ_e K[c, ·, e + δ]·K[c', ·, e], and T as for a dense W, with the same T for all pixels
  /// of a channel: T_c = Σ_(c', δ) |G[c, c', δ]| q_c' / q_c. Zeros around a map leave columns of that W
  /// out, which takes from W Wᵀ what has no negative eigenvalue, and rows, which leaves a principal
  /// part of it: T holds for any size of the maps.
  public func gramBounds(scales: Tensor) -> Tensor {
    let (kernel, scales) = (kernel.to(.float64), scales.to(.float64))
    let gram = kernel.convolved(weight: kernel, padding: kernel.shape[2] - 1)
      .magnitude.sum(along: 2, 3)
    let bounds = gram.matmul(scales.unsqueezed(1)) / scales.unsqueezed(1)
    return bounds.expanded([mapShape[0], mapShape[1] * mapShape[2]]).flattened(from: 0)
  }

  public func lowered(toRows limit: Double) -> any StateCoupling {
    let excess = (rowBounds - limit).relu.reshaped([-1, 1, 1, 1])
    return ConvolutionalCoupling(
      Convolution(
        weight: kernel - center * excess, bias: convolution.bias, padding: convolution.padding),
      mapShape: mapShape)
  }

  public func assign(multipleOfIdentity factor: Double) { kernel.assign(center * factor) }
}

extension Tensor {
  /// |x|, but x where the mask is 1.
  fileprivate func withMagnitudes(except mask: Tensor) -> Tensor {
    let magnitude = magnitude
    return magnitude + (self - magnitude) * mask
  }
}
