import Foundation
import Methods
import NeuralNetworks
import Runs
import Tensors
import Testing
import Training

@Suite("Training schedules")
struct TrainingScheduleTests {
  private func training(epochs: Int) -> TrainingSettings {
    var training = TrainingSettings()
    training.epochs = epochs
    return training
  }

  @Test("One phase follows the run's milestones")
  func milestones() throws {
    let schedule = try TrainingSchedule(training(epochs: 30), phases: [TrainingPhase("all")])
    #expect((0..<30).allSatisfy { schedule.phase(epoch: $0) == 0 })
    #expect(schedule.learningRate(epoch: 18, progress: 0.6) == 1e-3)
    #expect(schedule.learningRate(epoch: 19, progress: 0.64) == 1e-3 * 0.1)
    #expect(schedule.progress(epoch: 15, batch: 3, of: 12) == 15.25 / 30)
  }

  @Test("A run's schedule goes before the phases' own")
  func schedules() throws {
    var training = training(epochs: 10)
    let phases = [TrainingPhase("all", learningRateFactor: 3, decay: .oneCycle)]
    func rate(_ schedule: TrainingSettings.Schedule, _ progress: Double) throws -> Double {
      training.schedule = schedule
      return try TrainingSchedule(training, phases: phases).learningRate(
        epoch: Int(progress * 10), progress: progress)
    }
    // The figures of PyTorch's OneCycleLR(max_lr=3e-3): its ends, and half-way up and down.
    for (progress, expected) in [
      (0, 1.2e-4), (0.15, 1.56e-3), (0.3, 3e-3), (0.65, 1.500006e-3),
    ] {
      #expect(abs(try rate(.method, progress) - expected) < 1e-12)
    }
    #expect(abs(OneCycleSchedule()(progress: 1) - 4e-6) < 1e-12)
    #expect(try rate(.oneCycle, 0.5) == rate(.method, 0.5))
    #expect(try rate(.milestones, 0.5) == 3e-3 && rate(.milestones, 0.9) == 3e-3 * 0.1)
    #expect(abs(try rate(.cosine, 0.5) - 1.5e-3) < 1e-12)
  }

  @Test("A rate warms up in proportion, then follows its schedule")
  func warmUp() throws {
    var training = training(epochs: 10)
    training.schedule = .cosine
    let plain = try TrainingSchedule(training, phases: [TrainingPhase("all")])
    training.warmUp = 0.2
    let schedule = try TrainingSchedule(training, phases: [TrainingPhase("all")])
    for (progress, share) in [(0.0, 0.0), (0.05, 0.25), (0.1, 0.5), (0.2, 1), (0.7, 1)] {
      let epoch = Int(progress * 10)
      let expected = share * plain.learningRate(epoch: epoch, progress: progress)
      #expect(abs(schedule.learningRate(epoch: epoch, progress: progress) - expected) < 1e-15)
    }
    // Epochs of a cold rate say nothing of what is to come.
    #expect(
      (0..<10).map { schedule.isPatient(epoch: $0) } == [false, false]
        + Array(repeating: true, count: 8))
  }

  @Test("Phases divide the epochs by their shares; a share of 0 is left out")
  func phases() throws {
    let schedule = try TrainingSchedule(
      training(epochs: 10),
      phases: [
        TrainingPhase("first", share: 2), TrainingPhase("none", share: 0),
        TrainingPhase("last", share: 3, learningRateFactor: 3, decay: .cosine),
      ])
    #expect((0..<10).map { schedule.phase(epoch: $0) } == [0, 0, 0, 0, 2, 2, 2, 2, 2, 2])
    #expect(schedule.progress(epoch: 4, batch: 0, of: 5) == 0)
    #expect(schedule.progress(epoch: 7, batch: 0, of: 5) == 0.5)
    #expect(schedule.learningRate(epoch: 4, progress: 0) == 3e-3)
    #expect(abs(schedule.learningRate(epoch: 7, progress: 0.5) - 1.5e-3) < 1e-12)
    // The milestone is at 90/140 of the phase's own four epochs.
    #expect(schedule.learningRate(epoch: 2, progress: 0.5) == 1e-3)
    #expect(schedule.learningRate(epoch: 3, progress: 0.75) == 1e-3 * 0.1)
  }

  @Test("Fewer epochs than phases are refused by name")
  func tooFew() {
    let phases = [TrainingPhase("classifier"), TrainingPhase("refinement", share: 0.1)]
    #expect {
      _ = try TrainingSchedule(training(epochs: 2), phases: phases)
    } throws: { error in
      let message = "\(error)"
      return message.contains("training.epochs") && message.contains("'refinement'")
    }
  }

  @Test("A phase trains the parameters under its names, not those that begin alike")
  func parameters() {
    let state = ["dynamics.0.weight", "dynamics", "dynamics2.weight", "head.weight"].reduce(
      ModuleState(buffers: ["dynamics.gain": Tensor(1)])
    ) { $0 + ModuleState(parameters: [$1: Tensor(0)]) }
    func names(_ parameters: [String]) -> [String] {
      TrainingPhase("", parameters: parameters).trained(of: state).entries.map(\.name)
    }
    #expect(names(["dynamics"]) == ["dynamics.0.weight", "dynamics"])
    #expect(names([]) == ["dynamics.0.weight", "dynamics", "dynamics2.weight", "head.weight"])
  }
}
