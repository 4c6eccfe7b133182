import Datasets
import DifferentialEquations
import Evaluations
import Foundation
import Methods
import NeuralNetworks
import Runs
import StableDynamics
import Tensors

/// How fast W falls along trajectories: the mean of dW_y/dh · f(h) of Table V, over the test images
/// and the Γ + 1 times at which their trajectories are sampled. y is the image's own class.
///
/// dW/dh · f = e^-V dV/dh · f, from V, so that nothing saturates.
struct DecayMeasurement: PaperMeasurement {
  let name = "decay"
  let limit: Int?

  var request: String { limit.map { "first \($0)" } ?? "all" }

  /// The mean; nil for methods without Lyapunov functions.
  struct Decay: Codable, Sendable { let mean: Double? }

  func outcome(
    of run: Run, on samples: LabelledSamples, others: [Run], in folder: PaperFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> Decay {
    let trained = run.model.trained()
    guard let geometry = trained.geometry else { return Decay(mean: nil) }
    let count = min(limit ?? samples.count, samples.count)
    var (sum, weight) = (0.0, 0.0)
    for start in stride(from: 0, to: count, by: 128) {
      let positions = Array(start..<min(start + 128, count))
      try withoutGradients {
        let images = run.tensor(of: samples, at: positions)
        guard let states = try trained.solution(images)?.states else { return }
        let groups = ClassGroups(
          classes: positions.map { samples.labels[$0] }, classCount: run.input.classCount,
          device: states.device)
        for time in 0..<states.shape[0] {
          let points = groups.grouped(states[time])
          let rate = geometry.lyapunov.rates(
            at: points, velocities: geometry.velocity(points), groups: groups)
          sum += ((-rate.value).exp * rate.derivative).sum().item
          weight += Double(positions.count)
        }
      }
      try progress(positions.last! + 1, count)
    }
    return Decay(mean: weight == 0 ? nil : sum / weight)
  }
}
