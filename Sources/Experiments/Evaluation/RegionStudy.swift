import Datasets
import Foundation
import Reports
import Robustness
import StableDynamics
import Tensors

/// How well the regions that a run prescribes match those that its dynamics have: the content of
/// `regions.json`.
public struct RegionStudy: Finding, Sendable {
  public static var isIndented: Bool { false }

  public private(set) var schemaVersion = RegionStudy.currentSchemaVersion
  public let method: String
  public let configurationHash: String
  public let data: String
  public let split: DataSplit
  public let classNames: [String]
  public let alignment: RegionAlignment
  /// For models with a two-dimensional state; nil for others.
  public let planes: Planes?

  /// The state space of a model before and after its training.
  public struct Planes: Codable, Sendable {
    public let before: RegionPlane
    public let after: RegionPlane
  }

  /// Measures a run.
  ///
  /// - Parameter progress: told what is being done.
  /// - Throws: `MethodError` if the method has no Lyapunov functions; `IntegrationFailure`.
  public static func measure(
    _ run: Run, on samples: LabelledSamples, split: DataSplit, limit: Int? = nil,
    progress: (String) -> Void = { _ in }
  ) throws -> RegionStudy {
    guard let geometry = run.model.trained().geometry else {
      throw MethodError(
        subject: "regions", method: run.configuration.method, lacking: "Lyapunov functions")
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
    return RegionStudy(
      method: run.configuration.method, configurationHash: try run.configuration.hash,
      data: run.configuration.data.name, split: split, classNames: run.classNames,
      alignment: alignment, planes: planes)
  }
}
