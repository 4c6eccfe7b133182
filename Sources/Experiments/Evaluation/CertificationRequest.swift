import Robustness

/// Which certificates are to be computed of a run, as the user wrote it.
public struct CertificationRequest: Sendable {
  /// A kind of certificate.
  public enum Certificate: String, Sendable, Codable, CaseIterable {
    /// Eq. (10) of the paper, on its assumption.
    case paper
    /// Lipschitz bounds of the whole model.
    case lipschitz
    /// Randomised smoothing, of the smoothed model.
    case smoothing
  }

  public var split = DataSplit.test
  /// In the order of `Certificate`.
  public let certificates: [Certificate]
  /// Whether a certificate that the model has not is left out instead of an error.
  public let isLenient: Bool
  /// The radii at which shares are counted, in the Euclidean norm.
  public let radii: [Budget]
  /// How many samples, from the first on; all where nil.
  public let limit: Int?
  /// Images at once.
  public let batchSize: Int
  public let smoothing: RandomizedSmoothing

  /// Reads the names and numbers of a request.
  ///
  /// - Parameters:
  ///   - certificates: names separated by commas; `all`, which are those that the model has; or
  ///     nil, those that it has but smoothing, which takes 100 000 passes a sample.
  ///   - radii: such as `0,0.01,0.1`.
  /// - Throws: `RobustnessError`.
  public init(
    certificates: String? = nil, radii: String = "0,0.001,0.01,0.1", limit: Int? = nil,
    batchSize: Int = 512, deviation: Double = 0.25, draws: Int = 100_000, failure: Double = 0.001,
    seed: UInt64 = 0
  ) throws(RobustnessError) {
    self.radii = try Budget.list(radii, norm: .l2)
    self.limit = limit
    self.batchSize = batchSize
    smoothing = try RandomizedSmoothing(
      deviation: deviation, draws: draws, failure: failure, batchSize: batchSize, seed: seed)
    isLenient = certificates == nil || certificates == "all"
    switch certificates {
    case nil: self.certificates = [.paper, .lipschitz]
    case "all": self.certificates = Certificate.allCases
    case let names?: self.certificates = try Self.certificates(named: names)
    }
  }

  private static func certificates(
    named names: String
  ) throws(RobustnessError) -> [Certificate] {
    var chosen: [Certificate] = []
    for name in names.split(separator: ",", omittingEmptySubsequences: false) {
      guard let certificate = Certificate(rawValue: String(name)) else {
        let known = Certificate.allCases.map(\.rawValue).joined(separator: ", ")
        throw RobustnessError(
          .unknownName, at: "certificate", expected: "all, or names among \(known)",
          found: "'\(name)'", remedy: "Correct the name, or leave the option out.")
      }
      chosen.append(certificate)
    }
    return Certificate.allCases.filter(chosen.contains)
  }
}
