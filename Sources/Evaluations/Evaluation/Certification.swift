import Datasets
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import Settings
import StableDynamics
import Tensors

/// Balls around the samples of a split in which no prediction changes, by several kinds of
/// certificate, with what each of them rests on.
package struct Certification: Finding, Sendable {
  package static var currentSchemaVersion: Int { 2 }

  /// Eq. (10) of the paper.
  package struct Paper: Codable, Sendable {
    /// What the figures hold under; they say nothing without it.
    package let assumption: String
    /// Upper bound of φ's Lipschitz constant.
    package let featureBound: Double
    /// Upper bounds of the Lipschitz constants of W_i, by class.
    package let regionBounds: [Double]
    /// The largest slope of W_y in pixels that was seen; no bound is smaller.
    package let sampledSlope: Double
    package let radii: Radii
  }

  /// Lipschitz bounds of the whole model.
  package struct Lipschitz: Codable, Sendable {
    package let factors: LipschitzCertificate.Factors
    /// The largest bound of a margin's slope in pixels that was used.
    package let slopeBound: Double
    /// The largest slope of such a margin that was seen; no bound is smaller.
    package let sampledSlope: Double
    package let radii: Radii
  }

  /// Randomised smoothing.
  package struct Smoothing: Codable, Sendable {
    /// σ, in units of the pixel range.
    package let deviation: Double
    package let selectionDraws: Int
    package let draws: Int
    /// The probability with which one sample's certificate may be wrong.
    package let failure: Double
    package let seed: UInt64
    /// The largest radius that so many draws can certify.
    package let greatestRadius: Double
    /// Samples without a prediction.
    package let abstentions: Int
    package let radii: Radii
    /// Every sample with its counts.
    package let samples: [SmoothedCertificate]
  }

  /// A certificate that the model could have, but for a setting.
  package struct Omission: Codable, Sendable {
    package let certificate: CertificationRequest.Certificate
    package let reason: String
  }

  package private(set) var schemaVersion = Certification.currentSchemaVersion
  package let method: String
  package let configurationHash: String
  package let data: String
  package let split: DataSplit
  package let sampleCount: Int
  package private(set) var paper: Paper?
  package private(set) var lipschitz: Lipschitz?
  package private(set) var smoothing: Smoothing?
  package private(set) var cells: Cells?
  package private(set) var invariance: Invariance?
  package private(set) var omissions: [Omission] = []

  /// Certifies samples of a run, or of a model of another program's.
  ///
  /// - Parameters:
  ///   - samples: the split that the request names.
  ///   - progress: told what is being done, and how much of it.
  /// - Throws: `MethodError` or `SettingsError` if the model has not the certificates that were
  ///   named, or none at all; what the model throws.
  package static func measure(
    _ subject: any EvaluationSubject, on samples: LabelledSamples, _ request: CertificationRequest,
    progress: (_ certificate: CertificationRequest.Certificate, _ done: Int, _ total: Int) -> Void =
      { _, _, _ in }
  ) throws -> Certification {
    let data = try subject.images(of: request.limit.map(samples.prefix) ?? samples)
    var certification = Certification(
      method: subject.name, configurationHash: try subject.configurationHash,
      data: subject.dataName, split: request.split, sampleCount: data.count)
    let classifier = subject.classifier()
    let shares = Radii.Shares(
      balls: request.radii, cubes: request.cubeRadii,
      pixels: data.images.shape.dropFirst().reduce(1, *))
    var refusals: [any Error] = []
    for certificate in request.certificates {
      do {
        try certification.add(certificate, of: classifier, on: data, request, shares) {
          progress(certificate, $0, $1)
        }
      } catch let error as MethodError where request.isLenient && !request.requires(certificate) {
        refusals.append(error)
      } catch let error as SettingsError where request.isLenient {
        refusals.append(error)
        certification.omissions.append(Omission(certificate: certificate, reason: "\(error)"))
      }
    }
    // The last one says what can be done about it, if anything can.
    if refusals.count == request.certificates.count, let error = refusals.last { throw error }
    return certification
  }

  /// Whether it holds radii of a kind.
  package func has(_ certificate: CertificationRequest.Certificate) -> Bool {
    switch certificate {
    case .paper: paper != nil
    case .lipschitz: lipschitz != nil
    case .cells: cells != nil
    case .invariance: invariance != nil
    case .smoothing: smoothing != nil
    }
  }

  private mutating func add(
    _ certificate: CertificationRequest.Certificate, of classifier: any Classifier,
    on data: LabelledImages, _ request: CertificationRequest, _ shares: Radii.Shares,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    func lacking(_ what: String, as example: String = "zubov-net") -> MethodError {
      MethodError(
        subject: "certify", method: method, lacking: what, example: example,
        alternative: "basin certify --certificate smoothing")
    }
    // Models of other programs show no parts that could be bounded.
    let model = classifier as? any TrainedClassifier
    // Done twice over where there is an attack: once certifying, once attacking.
    let attack = request.attack.steps > 0 ? request.attack : nil
    let total = attack == nil ? data.count : 2 * data.count
    func attacked(_ radii: [Double]) throws -> CertifiedBallAudit.Result? {
      try attack?.run(classifier, on: data, radii: radii) { progress(data.count + $0, total) }
    }
    switch certificate {
    case .paper:
      guard
        let found = try model?.certifiedRadius(
          images: data.images, labels: data.labelList, batchSize: request.batchSize,
          progress: { progress($0, data.count) })
      else { throw lacking("the radius of eq. (10)") }
      paper = Paper(
        assumption: CertifiedRadius.assumption, featureBound: found.featureBound,
        regionBounds: found.regionBounds, sampledSlope: found.sampledSlope,
        radii: Radii(found.radii, shares: shares))
    case .lipschitz:
      guard
        let found = try (model as? any LipschitzCertifiable)?.lipschitzCertificate(
          images: data.images, labels: data.labelList, batchSize: request.batchSize,
          progress: { progress($0, data.count) })
      else { throw lacking("Lipschitz bounds of all of its parts", as: "contractive-node") }
      lipschitz = Lipschitz(
        factors: found.factors, slopeBound: found.slopeBound, sampledSlope: found.sampledSlope,
        radii: Radii(found.radii, shares: shares))
    case .cells:
      guard
        let found = try (model as? any CellClassifier)?.cellCertificate(
          images: data.images, labels: data.labelList, disturbance: request.disturbance,
          batchSize: request.batchSize, progress: { progress($0, total) })
      else { throw lacking("regions of attraction that are known exactly", as: "certified-cell") }
      cells = Cells(found, attack: try attacked(found.radii), shares: shares)
    case .invariance:
      guard
        let found = try (model as? any InvarianceCertifiable)?.invarianceCertificate(
          images: data.images, labels: data.labelList, splits: request.splits,
          batchSize: request.batchSize, progress: { progress($0, total) })
      else { throw lacking("a set of states that stays invariant", as: "fi-ode") }
      invariance = Invariance(found, attack: try attacked(found.radii), shares: shares)
    case .smoothing:
      let settings = request.smoothing
      let found = try settings.certify(classifier, on: data, progress: progress)
      smoothing = Smoothing(
        deviation: settings.deviation, selectionDraws: settings.selectionDraws,
        draws: settings.draws, failure: settings.failure, seed: settings.seed,
        greatestRadius: settings.greatestRadius, abstentions: found.count { $0.radius == nil },
        radii: Radii(found.map(\.certifiedRadius), shares: shares), samples: found)
    }
  }
}
