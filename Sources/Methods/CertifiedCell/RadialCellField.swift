import NeuralNetworks
import StableDynamics
import Tensors

/// The field of cells where it is radial, f(h) = μ a_0 ρ/(1 + ρ) (c_i - h), as one formula for all cells:
///
///     f(h) = μ a_0 Σ_i ρ_i/(1 + ρ_i) (c_i - h),   ρ_i = max(0, min_{j≠i} g_ij(h)),
///
/// since only the depth in the cell that a state lies in is above 0.
struct RadialCellField: FormulaField {
  let dynamics: CellDynamics
  let cells: VoronoiCells

  var state: ModuleState { dynamics.state }

  func callAsFunction(_ h: Tensor) -> Tensor { dynamics.velocity(in: cells)(h) }

  func formula<Value: StateFormula>(of h: Value) -> Value {
    let centers = exact(cells.centers)
    let rate = dynamics.settings.speed * dynamics.settings.leastRate
    let pulls = (0..<cells.classCount).map { i in
      let depth = depth(of: i, at: h, centers).relu
      let share = depth * (depth + Value.constant(Tensor([1.0]))).reciprocal
      return (Value.constant(centers[i]) - h) * share * rate
    }
    return pulls.dropFirst().reduce(pulls[0], +)
  }

  /// min_{j≠i} g_ij, below 0 outside of the cell.
  private func depth<Value: StateFormula>(of i: Int, at h: Value, _ centers: Tensor) -> Value {
    let others = (0..<cells.classCount).filter { $0 != i }
    let depths = others.map { j in
      let difference = centers[i] - centers[j]
      let square = difference.squared.sum()
      let offset = centers[j].squared.sum() - centers[i].squared.sum()
      return h.linear(
        weight: (difference * 2 / square).unsqueezed(0), bias: (offset / square).reshaped([1]))
    }
    return depths.dropFirst().reduce(depths[0]) { $0 - ($0 - $1).relu }
  }
}
