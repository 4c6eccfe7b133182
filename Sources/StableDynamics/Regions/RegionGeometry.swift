import NeuralNetworks
import Tensors

/// What a trained model says about regions of attraction: those that it prescribes, and its field,
/// which decides them.
public struct RegionGeometry {
  /// The regions that the model prescribes, with the equation that its field should solve there.
  public let regions: any PrescribedRegions
  /// f(h), states [N, d].
  public let velocity: (Tensor) -> Tensor
  /// h(0) of images.
  public let initialState: (Tensor) -> Tensor
  /// The solver in use and T.
  public let flow: Flow
  /// The field as a formula, where it can be written as one.
  public let field: (any FormulaField)?

  /// Creates the geometry of a model from its parts.
  ///
  /// - Parameters:
  ///   - velocity: f(h), states [N, d].
  ///   - initialState: h(0) [N, d] of images.
  ///   - field: f as a formula, where it can be written as one.
  public init(
    regions: any PrescribedRegions, velocity: @escaping (Tensor) -> Tensor,
    initialState: @escaping (Tensor) -> Tensor, flow: Flow, field: (any FormulaField)? = nil
  ) {
    self.regions = regions
    self.velocity = velocity
    self.initialState = initialState
    self.flow = flow
    self.field = field
  }

  /// V of all classes, of which the regions are made.
  public var lyapunov: LyapunovFunction { regions.lyapunov }

  /// The height (`PrescribedRegions.heights`) at the boundary of a prescribed region.
  public var boundaryValue: Double { regions.height(atLevel: regions.level) }

  /// The least distance between two equilibria.
  public var equilibriumSpacing: Double { lyapunov.equilibriumSpacing }

  /// The class near whose equilibrium each of the states [N, d] lies, within 0.15 of the spacing;
  /// -1 where it lies elsewhere.
  func basins(ofEnds ends: Tensor) -> [Int] {
    let distances = (ends.unsqueezed(1) - lyapunov.equilibria.unsqueezed(0)).norm(along: 2)
    let nearest = distances.argMin(along: 1).integers
    let isNear = (distances.min(along: 1) .< (0.15 * equilibriumSpacing)).integers
    return zip(nearest, isNear).map { $1 == 1 ? $0 : -1 }
  }
}
