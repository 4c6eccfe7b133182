import Tensors

/// The Lyapunov functions of FI-ODE, fixed and one for each class y, on the simplex of class scores:
///
///     V_y(η) = 1 + max_{j ≠ y} η_j - η_y,
///
/// 0 at the corner e_y, below 1 where y is decided, and 1 on the decision boundary. The level set V_y ≤ 1
/// is the cone of states that are decided as y, and η = 1/C, where every trajectory begins, lies on the
/// boundary of all of them.
enum ClassCone {
  /// V of each class at states [N, C], [N, C].
  static func values(at states: Tensor) -> Tensor {
    let classCount = states.shape[1]
    let (tops, places) = states.largest(2, along: 1)
    let isFirst = places.sliced(0..<1, along: 1).squeezed(1).oneHot(classCount, dtype: .bool)
    let rivals = Tensor.select(
      isFirst, tops.sliced(1..<2, along: 1), tops.sliced(0..<1, along: 1))
    return rivals + 1 - states
  }

  /// V_y and dV_y/dt at states along velocities, [N, S] each. Where several classes are second, the first
  /// of them counts.
  ///
  /// - Parameters:
  ///   - states: η, [N, S, C].
  ///   - velocities: [N, S, C].
  ///   - labels: y, [N] (int64).
  static func valuesAndRates(
    at states: Tensor, along velocities: Tensor, labels: Tensor
  ) -> (values: Tensor, rates: Tensor) {
    let (count, classCount) = (states.shape[1], states.shape[2])
    let own = labels.oneHot(classCount, dtype: states.dtype).unsqueezed(1)
    let rival = withoutGradients { (states - own * 4).argMax(along: 2).unsqueezed(2) }
    let label = labels.reshaped([-1, 1, 1]).expanded([labels.count, count, 1])
    func lead(_ x: Tensor) -> Tensor {
      (x.gathering(rival, along: 2) - x.gathering(label, along: 2)).squeezed(2)
    }
    return (lead(states) + 1, lead(velocities))
  }
}
