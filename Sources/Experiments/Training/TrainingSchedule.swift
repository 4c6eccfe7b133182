import Foundation
import Methods
import NeuralNetworks

/// Which phase of a method's training each epoch belongs to, and how fast it learns there.
package struct TrainingSchedule {
  private let training: TrainingSettings
  private let phases: [TrainingPhase]
  /// The epoch before which each phase ends.
  private let ends: [Int]

  /// - Throws: `ConfigurationError` if there are fewer epochs than phases.
  package init(_ training: TrainingSettings, phases: [TrainingPhase]) throws(ConfigurationError) {
    self.training = training
    self.phases = phases
    let total = phases.map(\.share).reduce(0, +)
    var sum = 0.0
    var ends: [Int] = []
    for phase in phases {
      sum += phase.share
      ends.append(Int((Double(training.epochs) * sum / total).rounded()))
    }
    self.ends = ends
    let lengths = zip(ends, [0] + ends).map { $0 - $1 }
    if let index = phases.indices.first(where: { phases[$0].share > 0 && lengths[$0] == 0 }) {
      throw .invalidValue(
        key: "training.epochs", origin: nil,
        expected: "enough for the phase '\(phases[index].name)', a share of "
          + String(format: "%.2g", phases[index].share / total),
        found: "\(training.epochs)")
    }
  }

  /// The index of an epoch's phase.
  package func phase(epoch: Int) -> Int { ends.firstIndex { epoch < $0 } ?? phases.count - 1 }

  /// Whether an epoch counts for `training.patience`: in the last phase, once its rate is warm.
  package func isPatient(epoch: Int) -> Bool {
    phase(epoch: epoch) == phase(epoch: training.epochs - 1)
      && progress(epoch: epoch, batch: 1, of: 1) > training.warmUp
  }

  private func epochs(of phase: Int) -> Range<Int> {
    (phase == 0 ? 0 : ends[phase - 1])..<ends[phase]
  }

  /// The share of the present phase that is done, in [0, 1).
  package func progress(epoch: Int, batch: Int, of batches: Int) -> Double {
    let epochs = epochs(of: phase(epoch: epoch))
    return (Double(epoch - epochs.lowerBound) + Double(batch) / Double(batches))
      / Double(epochs.count)
  }

  package func learningRate(epoch: Int, progress: Double) -> Double {
    let index = phase(epoch: epoch)
    let phase = phases[index]
    let epochs = epochs(of: index)
    let rise = training.warmUp > 0 ? min(1, progress / training.warmUp) : 1
    let full = training.learningRate * phase.learningRateFactor * rise
    switch training.schedule.decay ?? phase.decay {
    case .oneCycle: return full * OneCycleSchedule()(progress: progress)
    case .cosine: return full * (1 + cos(.pi * progress)) / 2
    case .milestones:
      return full
        * MultiStepSchedule(
          milestones: training.milestones.map { Int(($0 * Double(epochs.count)).rounded()) },
          factor: training.factor
        )(epoch: epoch - epochs.lowerBound)
    }
  }

  /// The greatest norm of the gradients in the phase of an epoch; 0 does not clip.
  package func gradientClipping(epoch: Int) -> Double {
    training.gradientClipping > 0
      ? training.gradientClipping : phases[phase(epoch: epoch)].gradientClipping
  }

  /// What learns in the phase of an epoch, with a new optimizer.
  package func start(epoch: Int, of state: ModuleState) -> (learning: ModuleState, any Optimizer) {
    let learning = phases[phase(epoch: epoch)].trained(of: state)
    precondition(!learning.entries.isEmpty, "a phase without parameters")
    return (learning, training.optimizer(of: learning))
  }
}
