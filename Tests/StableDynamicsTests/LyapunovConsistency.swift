import StableDynamics
import Tensors
import TestSupport
import Testing

/// Expects values, slopes and rates of four classes in four dimensions, found in every way, to be those
/// of a plain form and of autograd.
///
/// - Parameters:
///   - tolerance: relative, of values; derivatives have a hundred times as much.
///   - plain: V of each point's class from recorded operations.
func expectConsistency(
  of lyapunov: LyapunovFunction, points count: Int, tolerance: Double,
  plain: (_ points: Tensor, _ classes: [Int]) -> Tensor
) {
  let generator = RandomGenerator(seed: 6)
  let points = generator.normal([count, 4], deviation: 2, dtype: .float64)
  let velocities = generator.normal([count, 4], dtype: .float64)
  let all = lyapunov.values(at: points)
  let slopes = lyapunov.gradients(at: points)
  for label in 0..<4 {
    let labels = [Int](repeating: label, count: count)
    let groups = ClassGroups(classes: labels, classCount: 4)
    let leaf = points.differentiable()
    let value = plain(leaf, labels)
    let slope = gradient(of: value.sum(), wrt: [leaf])[0]
    func expect(_ found: Tensor, _ expected: Tensor, within tolerance: Double) {
      #expect(relativeError(found, expected) <= tolerance, "class \(label)")
    }
    let own = label..<label + 1
    expect(lyapunov.values(at: points, groups: groups), value, within: tolerance)
    expect(all.sliced(own, along: 1).squeezed(1), value, within: tolerance)
    expect(slopes.sliced(own, along: 1).squeezed(1), slope, within: 100 * tolerance)
    let rate = lyapunov.rates(at: points, velocities: velocities, groups: groups)
    expect(rate.value, value, within: tolerance)
    expect(rate.derivative, (slope * velocities).sum(along: 1), within: 100 * tolerance)
  }
}
