import Foundation
import NeuralNetworks
import StableDynamics
import Tensors

/// A radius around each sample within which FI-ODE decides alike at every time t > 0: the cone of states
/// that the label y wins stays forward invariant.
///
/// **Theorem.** Let f be the field f̂ made admissible by a barrier α, Λ a Lipschitz constant of all
/// f̂_y - f̂_j in η, and M(x) > 0 the least f̂_y - f̂_j over states of the cone with η_j = η_y, for all j.
/// Then η_y > η_j along the solution from η(0) = 1/C for t > 0, and after each step of Euler's
/// method shorter than 1 / R, R = max(√2 Λ, α'(1)), and of every method whose steps are means of such.
///
/// **Proof.** Let η lie in the cone, d = η_y - η_j, and v = max(f̂ - μ, -α(η)) its velocity. Raise η_j to a
/// level t and cut all others down to it, with t such that the sum is kept: a state of the cone with
/// η_j = η_y = t, no further than √2 (t - η_j) ≤ √2 d from η, so (f̂_y - f̂_j)(η) ≥ M - √2 Λ d. If v_j is not
/// on its floor, v_y - v_j ≥ f̂_y - f̂_j; if it is, v_y - v_j ≥ α(η_j) - α(η_y) ≥ -α'(1) d. So
///
///     d' = v_y - v_j ≥ min(M - √2 Λ d, -α'(1) d) ≥ -R d,
///
/// and d stays ≥ 0: continuously by Gronwall, in a step h by d + h d' ≥ (1 - h R) d; the cone is convex,
/// so means of steps stay too. At 1/C all classes tie and have one floor; there f̂_y is the largest by M,
/// v_y is not on the floor, as the sum of all v is 0, and v_y - v_j ≥ min(M, α(1/C)) > 0. So d > 0 after the
/// first moment or step, and from there on it falls no faster than by the factor above. ∎
///
/// The published certificates bound the projected field instead, whose slope the barrier makes large, and
/// are about the exact solution. M is bounded from below by branch and bound (`InvarianceSearch`). As U, W_2
/// and the rows of W_3 do, f̂_y - f̂_j grows by at most Λ_x ‖φ(x) - φ(x')‖, so
///
///     r(x) = (M(x) - e) / (Λ_x L),
///
/// with L the Lipschitz constant of φ. e covers what rounding does to φ and along the solver's steps.
public struct InvarianceCertificate: Codable, Sendable {
  /// L.
  public var featureBound: Double
  /// Λ_x.
  public var fieldBound: Double
  /// e.
  public var roundingBound: Double
  /// In the Euclidean norm of pixels; 0 where nothing is certified.
  public var radii: [Double] = []
  /// Samples of which the search could not say whether M > 0.
  public var undecided = 0
  /// Boxes that were bounded.
  public var boxes = 0
}

/// A model in use that promises an invariant set of states for each label.
public protocol InvarianceCertifiable: TrainedClassifier {
  /// Radii within which the set of states that are decided as the label stays forward invariant.
  ///
  /// - Parameters:
  ///   - splits: how often the search may split a box of an image's states.
  ///   - progress: told how many samples are done.
  /// - Throws: `SettingsError` if the theorem does not cover the solver, or the model has lost what it
  ///   rests on.
  func invarianceCertificate(
    images: Tensor, labels: [Int], splits: Int, batchSize: Int, progress: (Int) -> Void
  ) throws -> InvarianceCertificate
}

extension InvarianceCertificate {
  /// Certifies images [N, ...] with pixels in [0, 1].
  ///
  /// - Parameters:
  ///   - splits: halvings of boxes an image.
  ///   - progress: told how many images are done.
  /// - Throws: `SettingsError` for a solver that the theorem does not cover, `NonexpansiveLayerError`.
  init(
    _ model: TrainedFIODE, images: Tensor, labels: [Int], splits: Int, batchSize: Int,
    progress: (Int) -> Void
  ) throws {
    let (field, flow) = (model.field, model.flow)
    let norms = FieldNorms(field)
    let rate = max(2.0.squareRoot() * norms.states, field.barrier.steepness)
    try flow.requireMeansOfEulerSteps(
      rate: rate, of: "invariance", keeping: "the cone", reach: "length x \(rate.shortest)")
    let map = try model.features.certifiable()
    featureBound = map.lipschitzBound
    fieldBound = norms.input
    // What the least distance from the boundary may have lost by the end, against rounding on the way.
    let horizon = flow.settings.horizon
    let steps = exp(2 * rate * horizon) * 1e-13 * (1 + horizon / flow.fixedStep) / flow.fixedStep
    roundingBound =
      2 * map.rounding(on: Array(images.shape.dropFirst())).error * norms.input + steps + 1e-9
    let bounds = MarginBounds(field)
    let scale = (1 - 1e-9) / (fieldBound * featureBound)
    for start in stride(from: 0, to: images.shape[0], by: batchSize) {
      let range = start..<min(start + batchSize, images.shape[0])
      withoutGradients {
        let context = field.context(map(images.sliced(range)))
        var search = InvarianceSearch(
          field, bounds, context: context, labels: Array(labels[range]))
        search.refine(splits: splits)
        for (below, above) in zip(search.below, search.above) {
          let margin = below - roundingBound
          radii.append(margin > 0 ? margin * scale : 0)
          if below <= 0 && above > 0 { undecided += 1 }
        }
        boxes += search.boxCount
      }
      progress(range.upperBound)
    }
  }
}

/// Lipschitz constants of f̂_y - f̂_j for all classes, by spectral norms.
struct FieldNorms {
  /// Λ, in η.
  let states: Double
  /// Λ_x, in φ.
  let input: Double

  init(_ field: SimplexField) {
    func norm(_ layer: Linear) -> Double { layer.weight.detached.spectralNormBounds.item }
    let outer = field.layers[2].weight.detached
    let squares = outer.squared.sum(along: 1)
    let apart =
      squares.unsqueezed(0) + squares.unsqueezed(1) - outer.matmul(outer.transposed) * 2
    let tail =
      apart.max().item.squareRoot() * (1 + 1e-9) * norm(field.layers[1])
    states = tail * norm(field.layers[0])
    input = tail * norm(field.input)
  }
}
