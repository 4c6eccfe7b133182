import Tensors

/// The cells {V_i < min_{j≠i} V_j}, that is {W_i < 1}, and the cell equation. Which equation holds
/// at a state depends on the cell alone, not on a label.
public struct CellRegions: PrescribedRegions {
  /// V of all classes, cut off from the graph.
  public let lyapunov: LyapunovFunction
  /// The equation that the field should solve in each cell.
  public let equation: CellEquation

  /// Creates the cells of V, with the equation that is prescribed in them.
  public init(_ lyapunov: LyapunovFunction, equation: CellEquation) {
    self.lyapunov = lyapunov.detached
    self.equation = equation
  }

  public var level: Double { 1 }
  public var cellSpeed: Double? { equation.speed }

  /// V_i / min_{j≠i} V_j.
  public func heights(_ values: Tensor) -> Tensor { CellFunction.ratios(values) }
  public func height(atLevel level: Double) -> Double { level }

  public func residuals(
    at points: Tensor, velocities: Tensor, groups: ClassGroups
  ) -> EquationResiduals {
    withoutGradients {
      let rate = CellFunction(lyapunov).rates(at: points, velocities: velocities)
      return EquationResiduals(
        absolute: equation.residual(rate), relative: equation.relativeResidual(rate))
    }
  }

  public func counterexamples(
    from points: Tensor, groups: ClassGroups, velocity: (Tensor) -> Tensor
  ) -> Tensor {
    equation.counterexamples(
      from: points, of: CellFunction(lyapunov), velocity: velocity)
  }

  public func boundary(along rays: BoundaryRays) -> BoundaryPoints? { nil }
}
