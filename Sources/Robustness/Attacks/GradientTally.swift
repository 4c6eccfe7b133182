import Tensors

/// How usable each sample's gradients were over the steps of an attempt.
struct GradientTally {
  private var startsAtZero: Tensor?
  private var isFinite: Tensor

  init(_ problem: AttackProblem) {
    isFinite = .ones(
      [problem.samples.count], dtype: .bool, device: problem.samples.images.device)
  }

  /// Takes note of a step; the first is the start.
  mutating func record(_ gradient: LossGradient) {
    startsAtZero = startsAtZero ?? gradient.isZero
    isFinite = isFinite .& gradient.isFinite
  }

  /// Takes note of a later step of some samples, by position.
  mutating func record(_ gradient: LossGradient, at positions: [Int]) {
    let places = Tensor(positions.map(Int64.init), device: isFinite.device)
    isFinite = isFinite.replacing(
      at: places, with: isFinite.selecting(places) .& gradient.isFinite)
  }

  /// One entry for each sample; nil before the first step.
  var gradients: [GradientHealth]? {
    startsAtZero.map {
      zip($0.flags, isFinite.flags).map { GradientHealth(startsAtZero: $0, isFinite: $1) }
    }
  }
}
