import Tensors

/// What a model prescribes: for each class a region of attraction {W_i < ρ}, made from its Lyapunov
/// functions, and an equation that its field should solve there.
public protocol PrescribedRegions: Sendable {
  /// V of all classes, [L], of which the regions are made.
  var lyapunov: LyapunovFunction { get }

  /// ρ: the region of class i is {W_i < ρ}.
  var level: Double { get }

  /// Functions that grow with W_i and do not saturate, of V [N, L]: [N, L].
  func heights(_ values: Tensor) -> Tensor

  /// The height at which W is `level`.
  func height(atLevel level: Double) -> Double

  /// Residuals of the prescribed equation at points of the given classes, unrecorded; points and
  /// velocities [N, d] in the order of `groups`.
  func residuals(at points: Tensor, velocities: Tensor, groups: ClassGroups) -> EquationResiduals

  /// States of large residual, found from `points` [N, d] in the order of `groups`; constants.
  func counterexamples(
    from points: Tensor, groups: ClassGroups, velocity: (Tensor) -> Tensor
  ) -> Tensor

  /// Points where W is ρ along rays; nil if the regions are disjoint by construction.
  func boundary(along rays: BoundaryRays) -> BoundaryPoints?

  /// μ of the cell equation (`CellEquation`); nil if the model prescribes another equation.
  var cellSpeed: Double? { get }
}

/// What is left of an equation at each of some states, [N], both without sign.
public struct EquationResiduals {
  /// Of the equation as it stands.
  public let absolute: Tensor
  /// In proportion to what the equation asks for.
  public let relative: Tensor

  init(absolute: Tensor, relative: Tensor) {
    self.absolute = absolute.magnitude
    self.relative = relative.magnitude
  }
}
