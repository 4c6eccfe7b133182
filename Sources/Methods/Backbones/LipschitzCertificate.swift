import NeuralNetworks
import StableDynamics
import Tensors

/// A radius around each sample within which a model's prediction cannot change, by Lipschitz bounds
/// of all of its parts, from pixels to scores.
///
/// For each class j other than the prediction y, the margin m_j = z_y - z_j changes over a distance r
/// in pixels by at most L_j r, with L_j the product of the bounds of the features, the flow (as
/// computed on its fixed grid) and the difference of the two scores. So no image within
/// min_j m_j / L_j is classified otherwise. Layer normalisation, whose bound that holds everywhere is
/// of no use, counts with one that holds around the sample:
/// `LayerNormalization.inputDistance(forOutput:dimension:deviation:)`.
///
/// Nothing is assumed of the model, and nothing is left to chance. It is about the map of exact
/// arithmetic; float32 moves margins by about a millionth of the scores. Bounds are raised beyond
/// their own rounding, so that the ball is certified with its surface, where a margin of 0 would not
/// decide.
public struct LipschitzCertificate: Codable, Sendable {
  /// Bounds of the parts, multiplied with each other. Each holds for all inputs unless it is said to
  /// be local.
  public struct Factors: Codable, Sendable {
    /// From pixels to features, without layer normalisation.
    public var features: Double
    /// Of layer normalisation, at the sample where it is largest (local); nil where there is none.
    public var layerNormalization: Double?
    /// From h(0) to h(T); 1 where there is no flow.
    public var flow: Double
    /// From h(T) to the difference of two scores; that of the pair where it is largest.
    public var scores: Double
  }

  /// Which part costs how much of the radius.
  public var factors: Factors
  /// In the Euclidean norm of pixels; 0 for samples classified wrongly.
  public var radii: [Double]
  /// The largest ‖∇_x m_j‖ at a sample, j the class that its radius is limited by: no bound of the
  /// margins' slopes is smaller than this one.
  public var sampledSlope: Double
  /// The largest L_j that was used, local factors at the samples. Over `sampledSlope`, what the
  /// bounds give away, or may.
  public var slopeBound: Double
}

/// A model in use that is a chain of maps with Lipschitz bounds.
public protocol LipschitzCertifiable: TrainedClassifier {
  /// Radii from Lipschitz bounds of all parts of the model; nil where a part has no such bound.
  ///
  /// - Parameter progress: told how many samples are done.
  /// - Throws: `SettingsError` if the solver's steps are chosen by their error.
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate?
}

/// A model as the chain of maps that its certificate is about.
struct LipschitzChain {
  let features: Features
  /// Bound of the map from h(0) to h(T); 1 where there is none.
  let flowBound: Double
  let slopes: ScoreSlopes
  /// z of images [N, ...], [N, L], whose largest entry is the prediction.
  let scores: (Tensor) throws -> Tensor

  /// The certificates of images [N, ...].
  ///
  /// - Parameter progress: told how many images are done.
  func certificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate {
    let featureBound = features.extractor.lipschitzBound(on: Array(images.shape.dropFirst()))
    var certificate = LipschitzCertificate(
      factors: .init(
        features: featureBound, layerNormalization: nil, flow: flowBound,
        scores: slopes.bounds.joined().max() ?? 0),
      radii: [], sampledSlope: 0, slopeBound: 0)
    for start in stride(from: 0, to: images.shape[0], by: batchSize) {
      let range = start..<min(start + batchSize, images.shape[0])
      try add(images.sliced(range), Array(labels[range]), to: &certificate)
      progress(range.upperBound)
    }
    return certificate
  }

  private func add(
    _ images: Tensor, _ labels: [Int], to certificate: inout LipschitzCertificate
  ) throws {
    let leaf = images.differentiable()
    let scores = try self.scores(leaf)
    let limits = limits(scores.detached)
    let normalization = features.normalization
    let deviations = normalization.map {
      $0.deviations(withoutGradients { features.extractor(images, mode: .inference) }).doubles
    }
    let dimension = features.extractor.featureCount

    for (row, limit) in limits.enumerated() {
      // How far h(0) may move, and then the features before their normalisation.
      let state = limit.distance / flowBound
      var distance = state
      var local = 1.0
      if let normalization, let deviation = deviations?[row] {
        distance = normalization.inputDistance(
          forOutput: state, dimension: dimension, deviation: deviation)
        local = normalization.radius / (Double(dimension).squareRoot() * deviation)
        certificate.factors.layerNormalization = max(
          certificate.factors.layerNormalization ?? 0, local)
      }
      certificate.radii.append(
        limit.winner == labels[row] ? distance / certificate.factors.features : 0)
      certificate.slopeBound = max(
        certificate.slopeBound,
        certificate.factors.features * local * flowBound * slopes.bounds[limit.winner][limit.rival])
    }

    func column(_ classes: [Int]) -> Tensor {
      scores.gathering(columns: Tensor(classes.map(Int64.init), device: scores.device))
    }
    let margins = column(limits.map(\.winner)) - column(limits.map(\.rival))
    let gradients = gradient(of: margins.sum(), wrt: [leaf])[0]
    certificate.sampledSlope = max(
      certificate.sampledSlope, gradients.flattened(from: 1).norm(along: 1).max().item)
  }

  /// The predicted class, the class that limits its certificate, and how far h(T) may move.
  private func limits(
    _ scores: Tensor
  ) -> [(winner: Int, rival: Int, distance: Double)] {
    let (values, classCount) = (scores.doubles, scores.shape[1])
    return (0..<scores.shape[0]).map { row in
      let z = values[row * classCount..<(row + 1) * classCount].map { $0 }
      let winner = z.indices.reduce(0) { z[$1] > z[$0] ? $1 : $0 }
      let distances = z.indices.map { rival -> Double in
        if rival == winner { return .infinity }
        let distance = (z[winner] - z[rival]) / slopes.bounds[winner][rival]
        // A tie, or what is not a number, certifies nothing.
        return distance > 0 ? distance : 0
      }
      let rival = distances.indices.reduce(0) { distances[$1] < distances[$0] ? $1 : $0 }
      return (winner, rival, distances[rival])
    }
  }
}
