import Foundation
import NeuralNetworks

/// A stretch of training in which some of the parameters learn.
public struct TrainingPhase: Sendable {
  /// For the log.
  public let name: String
  /// Its part of the run's epochs, relative to that of the other phases; 0 leaves it out.
  public let share: Double
  /// Names of the parameters that learn, or their beginnings up to a point; all if empty.
  public let parameters: [String]
  /// What the run's learning rate is multiplied with.
  public let learningRateFactor: Double
  /// How the learning rate goes on within the phase, where the run does not say.
  public let decay: Decay
  /// The greatest norm of all gradients together where the run does not say; 0 does not clip.
  public let gradientClipping: Double

  /// How the learning rate goes on within a phase.
  public enum Decay: String, Codable, Sendable, CaseIterable {
    /// As the run says: a factor at each of its milestones, which are shares of the phase.
    case milestones
    /// From the full rate to 0 along half a cosine, step by step.
    case cosine
    /// Up to the full rate and down to nearly 0, step by step (`OneCycleSchedule`).
    case oneCycle = "one-cycle"

    /// The learning rate as a multiple of the full one.
    ///
    /// - Parameters:
    ///   - progress: The share of the phase that is done, in [0, 1).
    ///   - epoch: Within the phase, from 0.
    ///   - milestones: The run's, in epochs of the phase.
    package func rate(progress: Double, epoch: Int, milestones: MultiStepSchedule) -> Double {
      switch self {
      case .milestones: milestones(epoch: epoch)
      case .cosine: (1 + cos(.pi * progress)) / 2
      case .oneCycle: OneCycleSchedule()(progress: progress)
      }
    }
  }

  /// Creates a phase, by default of all parameters at the run's own rate.
  public init(
    _ name: String, share: Double = 1, parameters: [String] = [], learningRateFactor: Double = 1,
    decay: Decay = .milestones, gradientClipping: Double = 0
  ) {
    self.name = name
    self.share = share
    self.parameters = parameters
    self.learningRateFactor = learningRateFactor
    self.decay = decay
    self.gradientClipping = gradientClipping
  }

  /// The part of a state whose parameters learn in this phase, without the buffers.
  public func trained(of state: ModuleState) -> ModuleState {
    state.parameters { name in
      parameters.isEmpty || parameters.contains { name == $0 || name.hasPrefix($0 + ".") }
    }
  }
}
