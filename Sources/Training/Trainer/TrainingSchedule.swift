import Methods
import NeuralNetworks
import Runs

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
    ends = Self.ends(of: phases, epochs: training.epochs)
    if let index = Self.phaseWithout(epochs: training.epochs, of: phases) {
      throw .invalidValue(
        key: "training.epochs", origin: nil,
        expected: "at least \(Self.leastEpochs(of: phases)), so that the phase "
          + "'\(phases[index].name)' has one of them",
        found: "\(training.epochs)")
    }
  }

  /// The epoch before which each phase ends, of so many epochs in all.
  private static func ends(of phases: [TrainingPhase], epochs: Int) -> [Int] {
    let total = phases.map(\.share).reduce(0, +)
    var sum = 0.0
    return phases.map { phase in
      sum += phase.share
      return Int((Double(epochs) * sum / total).rounded())
    }
  }

  /// The index of the first phase that would have no epoch; nil if there is none.
  private static func phaseWithout(epochs: Int, of phases: [TrainingPhase]) -> Int? {
    let ends = ends(of: phases, epochs: epochs)
    return phases.indices.first { index in
      phases[index].share > 0 && ends[index] == (index == 0 ? 0 : ends[index - 1])
    }
  }

  /// The fewest epochs of which every phase has one.
  private static func leastEpochs(of phases: [TrainingPhase]) -> Int {
    (1...).first { phaseWithout(epochs: $0, of: phases) == nil }!
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
    let milestones = MultiStepSchedule(
      milestones: training.milestones.map { Int(($0 * Double(epochs.count)).rounded()) },
      factor: training.factor)
    return full
      * (training.schedule.decay ?? phase.decay).rate(
        progress: progress, epoch: epoch - epochs.lowerBound, milestones: milestones)
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
