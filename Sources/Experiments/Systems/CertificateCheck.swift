import Foundation
import Verification

/// What a certificate proves, once it has been gone through again.
public struct CertificateCheck: Finding, Sendable {
  public private(set) var schemaVersion = CertificateCheck.currentSchemaVersion
  /// What the certificate says that it is about; not checked.
  public let title: String
  public let dimension: Int
  public let equilibrium: [Double]
  /// [low, high] of each coordinate.
  public let box: [[Double]]
  /// b of the {W ≤ b} that is proven.
  public let level: Double
  /// Boxes that were bounded again.
  public let boxes: Int
  public let seconds: Double

  /// Goes through a certificate again, without the search.
  ///
  /// - Throws: `SafeTensorsError` or `CertificateError` if it cannot be read, `SplitTreeError` or
  ///   `AttractionError` if it proves nothing.
  public init(of path: String) throws {
    let start = Date()
    let certificate = try AttractionCertificate(contentsOf: path)
    try certificate.proof.check()
    let claim = certificate.proof.claim
    title = certificate.title
    dimension = claim.system.dimension
    equilibrium = claim.system.equilibrium
    box = claim.system.box.map { [$0.lowerBound, $0.upperBound] }
    level = claim.level
    boxes = certificate.proof.leafCount
    seconds = -start.timeIntervalSinceNow
  }

  /// What is proven, in a line.
  public var summary: String {
    let sides = box.map { "[\($0[0]), \($0[1])]" }.joined(separator: " x ")
    return "proven: {W <= \(level)} within \(sides) is attracted to \(equilibrium); \(boxes) boxes "
      + "checked again in \(String(format: "%.1f", seconds)) s"
  }
}
