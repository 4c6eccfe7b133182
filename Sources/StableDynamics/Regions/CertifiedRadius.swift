import Foundation
import NeuralNetworks
import Tensors

/// The robustness radius of the paper's Proposition 6, eq. (10):
///
///     ε* = (1 - W_y(h(0))) / (L_φ L_W) = e^{-V_y(h(0))} / (L_φ L_W).
///
/// It is conditional: the proposition assumes L_con = 0 everywhere, which no two-class model with
/// finite V attains (see `RegionAlignment` for how far a model is from it). With upper bounds for
/// both Lipschitz constants it is sound given that assumption, in the Euclidean norm of pixels and in
/// exact arithmetic.
public struct CertifiedRadius: Codable, Sendable {
  /// Always printed with the figures.
  public static let assumption =
    "conditional on Zubov's equation holding exactly everywhere (L_con = 0), which is not attained"

  /// Upper bound of the feature map's Lipschitz constant.
  public var featureBound: Double
  /// Upper bound of the Lipschitz constant of W_i, by class.
  public var regionBounds: [Double]
  /// ε* of each sample by these bounds; 0 for samples classified wrongly.
  public var radii: [Double]
  /// The largest ||∇_x W_y(h(0))|| seen on the samples: no bound on W_y's slope in pixels is
  /// smaller, so the gap to the product above is what the bounds give away.
  public var sampledSlope: Double

  /// - Parameters:
  ///   - initialState: φ, images to h(0).
  ///   - featureBound: an upper bound of φ's Lipschitz constant.
  ///   - predictions: classes [N] of images.
  ///   - progress: told how many images are done.
  package init(
    lyapunov: LyapunovFunction, initialState: (Tensor) -> Tensor, featureBound: Double,
    images: Tensor, labels: [Int], batchSize: Int, predictions: (Tensor) throws -> Tensor,
    progress: (Int) -> Void
  ) rethrows {
    self.featureBound = featureBound
    regionBounds = lyapunov.regionLipschitzBounds
    radii = []
    sampledSlope = 0
    for start in stride(from: 0, to: images.shape[0], by: batchSize) {
      let range = start..<min(start + batchSize, images.shape[0])
      let batch = images.sliced(range)
      let predicted = try withoutGradients { try predictions(batch) }.integers
      add(
        batch, labels: Array(labels[range]), predictions: predicted, lyapunov: lyapunov,
        initialState: initialState)
      progress(range.upperBound)
    }
  }

  private mutating func add(
    _ images: Tensor, labels: [Int], predictions: [Int], lyapunov: LyapunovFunction,
    initialState: (Tensor) -> Tensor
  ) {
    let leaf = images.differentiable()
    let groups = ClassGroups(
      classes: labels, classCount: lyapunov.classCount, device: images.device)
    let values = lyapunov.values(at: groups.grouped(initialState(leaf)), groups: groups)
    let regions = ZubovTransform.region(values)
    let slopes = gradient(of: regions.sum(), wrt: [leaf])[0]
    let remaining = groups.restored((-values.detached).exp).doubles
    sampledSlope = max(sampledSlope, slopes.flattened(from: 1).norm(along: 1).max().item)
    radii += labels.indices.map {
      predictions[$0] == labels[$0]
        ? remaining[$0] / (featureBound * regionBounds[labels[$0]]) : 0
    }
  }
}

extension LyapunovFunction {
  /// Upper bounds of the slope of V_i's learned part, [L]: softplus and σ have slopes of at most 1, so
  /// they follow layer by layer from spectral norms.
  var learnedSlopeBounds: [Double] {
    withoutGradients {
      var bound: Tensor?
      for layer in networks.layers {
        var own = layer.input.spectralNormBounds
        if let hidden = layer.hidden, let below = bound {
          own = own + hidden.spectralNormBounds * below
        }
        bound = own
      }
      return bound!.doubles.map { learnedPart.slopeBound(ofConvex: $0) }
    }
  }

  /// Upper bounds of the Lipschitz constants of W_i, [L].
  ///
  /// |∇W_i| = e^{-V_i} |∇V_i| ≤ e^{-δr²} (G_i + 2δr) with G_i a bound of the learned part's slope. The
  /// maximum over r is attained where 2δ(G + 2δr)r = 2δ, the root of 2δr² + Gr - 1 = 0.
  public var regionLipschitzBounds: [Double] {
    let delta = quadraticWeight
    return learnedSlopeBounds.map { slope in
      let r = (-slope + (slope * slope + 8 * delta).squareRoot()) / (4 * delta)
      // Raised beyond its rounding.
      return exp(-delta * r * r) * (slope + 2 * delta * r) * (1 + 1e-13)
    }
  }
}
