import Datasets
import Foundation
import Methods
import Reports
import Robustness
import Runs
import StableDynamics
import Tensors
import Verification

/// How well the regions that a run prescribes match those that its dynamics have: the content of
/// `regions.json`.
package struct RegionStudy: Finding, Sendable {
  package static var isIndented: Bool { false }

  package private(set) var schemaVersion = RegionStudy.currentSchemaVersion
  package let method: String
  package let configurationHash: String
  package let data: String
  package let split: DataSplit
  package let classNames: [String]
  package let alignment: RegionAlignment
  /// For models with a two-dimensional state; nil for others.
  package let planes: Planes?
  /// What is proven of each cell, where that was asked for.
  package let verification: RegionVerification?

  /// The state space of a model before and after its training.
  package struct Planes: Codable, Sendable {
    package let before: RegionPlane
    package let after: RegionPlane
  }

  /// Measures a run.
  ///
  /// - Parameters:
  ///   - verification: how to prove what can be proven of each cell; nil for not at all.
  ///   - certificate: given what proves the cell of each class.
  ///   - progress: told what is being done.
  /// - Throws: `MethodError` if the method has no Lyapunov functions, or if its cells are to be proven and
  ///   its state is not two-dimensional or its field no formula; `IntegrationFailure`; `JournalError`.
  package static func measure(
    _ run: Run, on samples: LabelledSamples, split: DataSplit, limit: Int? = nil,
    verification settings: RegionVerification.Settings? = nil,
    certificate: (Int, AttractionCertificate) throws -> Void = { _, _ in },
    progress: (String) -> Void = { _ in }
  ) throws -> RegionStudy {
    guard let geometry = run.model.trained().geometry else {
      throw MethodError(
        subject: "regions", method: run.configuration.method,
        lacking: "a Lyapunov function for each class")
    }
    if settings != nil, geometry.lyapunov.equilibria.shape[1] != 2 || geometry.field == nil {
      throw MethodError(
        subject: "regions --verify", method: run.configuration.method,
        lacking: "a two-dimensional state with a field that is a formula",
        example: "zubov-cell on toy-2d")
    }
    let data = try run.images(of: limit.map(samples.prefix) ?? samples)
    progress("following \(data.count) trajectories")
    let alignment = try RegionAlignment.measure(
      geometry, images: data.images, labels: data.labels.integers)
    var planes: Planes?
    if geometry.lyapunov.equilibria.shape[1] == 2 {
      progress("following a grid of states, before and after training")
      let fresh = try run.configuration.freshModel(for: run.input, on: run.device)
      planes = try Planes(
        before: RegionPlane(fresh.trained().geometry!, data: data),
        after: RegionPlane(geometry, data: data))
    }
    let verification = try settings.flatMap {
      try RegionVerification.of(
        geometry, settings: $0, progress: { progress("proving: \($0)") }, certificate: certificate)
    }
    return RegionStudy(
      method: run.configuration.method, configurationHash: try run.configuration.hash,
      data: run.configuration.data.name, split: split, classNames: run.classNames,
      alignment: alignment, planes: planes,
      verification: verification)
  }
}
