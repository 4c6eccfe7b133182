import Tensors

/// The difference of logits ratio: DLR = -(z_y - max_{j≠y} z_j) / (z_π1 - z_π3), with π the order
/// of descending scores. It does not change if all scores are shifted, or scaled by one factor.
///
/// Croce and Hein, "Reliable evaluation of adversarial robustness", 2020, eq. (6). 1e-12 is added to
/// the denominator, as in their code. Two classes have no third score: the margin takes its place.
public struct LogitRatioLoss: AttackLoss {
  public let name = "dlr"

  public init() {}

  public func values(_ scores: Tensor, labels: Tensor) -> Tensor {
    let margins = scores.margins(labels: labels)
    guard scores.shape[1] >= 3 else { return margins }
    let top = scores.largest(3, along: 1).values
    return margins / (top.column(0) - top.column(2) + 1e-12)
  }
}

/// The same towards one class t: -(z_y - z_t) / (z_π1 - (z_π3 + z_π4) / 2).
///
/// Croce and Hein 2020, eq. (7). Under four classes z_t - z_y, undivided.
public struct TargetedLogitRatioLoss: AttackLoss {
  static let name: String = "targeted dlr"
  public let name: String = TargetedLogitRatioLoss.name
  /// t of each sample, [N] (int64).
  public let targets: Tensor

  public init(targets: Tensor) { self.targets = targets }

  public func values(_ scores: Tensor, labels: Tensor) -> Tensor {
    let gain = scores.gathering(columns: targets) - scores.gathering(columns: labels)
    guard scores.shape[1] >= 4 else { return gain }
    let top = scores.largest(4, along: 1).values
    return gain / (top.column(0) - (top.column(2) + top.column(3)) * 0.5 + 1e-12)
  }

  public func subset(_ positions: [Int]) -> any AttackLoss {
    TargetedLogitRatioLoss(targets: targets.samples(at: positions))
  }
}

extension Tensor {
  /// One column of a matrix [N, L], [N].
  fileprivate func column(_ index: Int) -> Tensor {
    sliced(index..<index + 1, along: 1).squeezed(1)
  }
}
