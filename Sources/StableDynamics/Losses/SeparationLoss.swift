import Tensors

/// -W_k^β at the boundary points of every other region (paper, eq. 11): minimising it pushes the
/// regions of other classes away from the boundary of D_i.
public enum SeparationLoss {
  /// The mean over all points and all classes k ≠ owner; eq. (11) prints a sum, which at the
  /// paper's λ3 swamps every other term.
  public static func mean(
    _ lyapunov: LyapunovFunction, boundary: BoundaryPoints, exponent beta: Double
  ) -> Tensor {
    let owners = boundary.owners
    var rows: [Int64] = []
    var classes: [Int] = []
    for k in 0..<lyapunov.classCount {
      for (row, owner) in owners.enumerated() where owner != k {
        rows.append(Int64(row))
        classes.append(k)
      }
    }
    let points = boundary.points.selecting(Tensor(rows, device: boundary.points.device))
    let groups = ClassGroups(
      classes: classes, classCount: lyapunov.classCount, device: boundary.points.device)
    return -ZubovTransform.region(lyapunov.values(at: points, groups: groups), exponent: beta)
      .mean()
  }
}
