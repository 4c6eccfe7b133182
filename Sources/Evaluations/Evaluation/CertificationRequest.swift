import Failures
import Robustness
import StableDynamics

/// Which certificates are to be computed of a run, as the user wrote it.
package struct CertificationRequest: Sendable {
  /// A kind of certificate.
  package enum Certificate: String, Sendable, Codable, CaseIterable {
    /// Eq. (10) of the paper, on its assumption.
    case paper
    /// Lipschitz bounds of the whole model.
    case lipschitz
    /// The distance of h(0) to the boundary of its region of attraction, where that is known exactly.
    case cells
    /// Forward invariance of the set of states that are decided as the label.
    case invariance
    /// Randomised smoothing, of the smoothed model.
    case smoothing
  }

  package var split = DataSplit.test
  /// In the order of `Certificate`.
  package let certificates: [Certificate]
  /// Whether a certificate that the model has not is left out instead of an error.
  package let isLenient: Bool
  /// The radii at which shares are counted, in the Euclidean norm.
  package let radii: [Budget]
  /// And in the largest norm, where a certificate in the Euclidean norm holds too.
  package let cubeRadii: [Budget]
  /// ω, a lasting disturbance of the state that the cells are to withstand as well.
  package let disturbance: Double?
  /// Whether a certificate that the model has not cannot be left out: no other answers what was asked.
  func requires(_ certificate: Certificate) -> Bool { certificate == .cells && disturbance != nil }
  /// How often invariance may split a box of an image's states.
  package let splits: Int
  /// The attack within the radii of cells and of invariance.
  package let attack: CertifiedBallAudit
  /// How many samples, from the first on; all where nil.
  package let limit: Int?
  /// Images at once.
  package let batchSize: Int
  package let smoothing: RandomizedSmoothing

  /// What is taken where nothing is asked for.
  package static let (deviation, draws, failure) = (0.25, 100_000, 0.001)
  package static let (splits, attackSteps) = (40, 20)

  /// Reads the names and numbers of a request.
  ///
  /// - Parameters:
  ///   - certificates: names separated by commas, with `all` for those that the model has; or nil,
  ///     those that it has but smoothing, which takes 100 000 passes a sample.
  ///   - radii: such as `0,0.01,0.1`, in the Euclidean norm.
  ///   - cubeRadii: the same in the largest norm; nil for none.
  /// - Throws: `Failure`.
  package init(
    certificates: String? = nil, radii: String = "0,0.001,0.01,0.1", cubeRadii: String? = nil,
    limit: Int? = nil, batchSize: Int = 512, deviation: Double? = nil, draws: Int? = nil,
    failure: Double? = nil, disturbance: Double? = nil, splits: Int? = nil,
    attackSteps: Int? = nil, seed: UInt64 = 0
  ) throws(Failure) {
    self.radii = try Budget.list(radii, norm: .l2)
    self.cubeRadii =
      try cubeRadii.map { list throws(Failure) in try Budget.list(list) } ?? []
    self.disturbance = disturbance
    self.splits = splits ?? Self.splits
    attack = CertifiedBallAudit(
      steps: attackSteps ?? Self.attackSteps, batchSize: batchSize, seed: seed)
    self.limit = limit
    self.batchSize = batchSize
    smoothing = try RandomizedSmoothing(
      deviation: deviation ?? Self.deviation, draws: draws ?? Self.draws,
      failure: failure ?? Self.failure, batchSize: batchSize, seed: seed)
    guard let certificates else {
      isLenient = true
      self.certificates = [.paper, .lipschitz, .cells, .invariance]
      return
    }
    let names = Certificate.allCases.map(\.rawValue)
    let chosen = try namesInList(
      certificates, of: "certificate", known: names, lists: ["all": names])
    self.certificates = Certificate.allCases.filter { chosen.contains($0.rawValue) }
    isLenient = certificates.split { $0 == "," || $0.isWhitespace }.contains("all")
  }
}
