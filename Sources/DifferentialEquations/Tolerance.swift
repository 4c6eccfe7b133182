import Tensors

/// The error that a step may make: at most `absolute + relative · max(|y(t)|, |y(t + h)|)`, by root
/// mean square over the elements that share a step.
public struct Tolerance: Sendable, Hashable, Codable {
  /// In the units of the state; positive unless `relative` is.
  public var absolute: Double
  /// A share of the state's magnitude.
  public var relative: Double

  public init(absolute: Double, relative: Double) {
    self.absolute = absolute
    self.relative = relative
  }

  /// The same number for both, as in `odeint(rtol=, atol=)`.
  public init(_ both: Double) { self.init(absolute: both, relative: both) }

  var isValid: Bool {
    absolute >= 0 && relative >= 0 && absolute + relative > 0 && (absolute + relative).isFinite
  }
}

extension Tolerance {
  /// Throws where both are below half a unit in the last place of 1: no step can meet that for states
  /// that are not tiny, however short.
  func check(for dtype: DType) throws(ProblemError) {
    let rounding = (dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)) / 2
    if max(absolute, relative) < rounding {
      throw .toleranceBelowRounding(
        tolerance: max(absolute, relative), dtype: dtype, rounding: rounding)
    }
  }
}
