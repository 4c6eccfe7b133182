import StableDynamics
import Tensors

/// The fixed-time Lyapunov loss of one state,
///
///     max(0, dv_y/dt + α v_y^p + β v_y^q),    v_y = V_y(h) / V_y(0) or V_y(h),
///
/// with dV_y/dt = <∇V_y(h), f(h, x)> in closed form. Dividing by the value at the start, which is the
/// same for all classes, keeps v^q of early states in range; it leaves the condition's meaning, as
/// the settling time does not depend on the initial value.
package struct FixedTimeLoss: Sendable {
  package let lyapunov: LabelLyapunov
  package let stability: FixedTimeStability
  /// V_y(0) if v is relative to it, else 1.
  package let scale: Double

  package init(
    lyapunov: LabelLyapunov, stability: FixedTimeStability, isRelative: Bool, classCount: Int
  ) {
    self.lyapunov = lyapunov
    self.stability = stability
    let start = Tensor.zeros([1, classCount], dtype: .float64)
    scale = isRelative ? lyapunov.values(at: start)[0][0].item : 1
  }

  /// What the condition wants to be at most 0, [N, S]. Below 1e-8 v counts as 1e-8, as v^p has no
  /// slope at 0.
  ///
  /// - Parameters:
  ///   - states: [N, S, C].
  ///   - velocities: f at the states, [N, S, C].
  package func violations(at states: Tensor, velocities: Tensor, labels: Tensor) -> Tensor {
    let (values, slopes) = lyapunov.valuesAndSlopes(at: states, labels: labels)
    let v = (values / scale).maximum(1e-8)
    let fall = v.power(stability.p) * stability.alpha + v.power(stability.q) * stability.beta
    return (slopes * velocities).sum(along: 2) / scale + fall
  }
}
