import Datasets
import NeuralNetworks
import Robustness
import Tensors

/// The memory that a step of training takes beside what the process holds before it, a linear function
/// of the samples.
package struct StepMemory: Codable, Hashable, Sendable {
  /// Bytes of a step, however many samples it has.
  package let fixed: Double
  /// Bytes of each sample.
  package let perSample: Double

  /// What training may take of the memory that is free, where the user does not say.
  package static let share = 0.9

  package init(fixed: Double, perSample: Double) {
    self.fixed = fixed
    self.perSample = perSample
  }

  package func bytes(batchSize: Int) -> Double { fixed + perSample * Double(batchSize) }

  /// The most samples for which so many bytes suffice; 0 if they do not even suffice for one.
  package func largestBatch(within bytes: Double) -> Int {
    bytes < fixed + perSample ? 0 : Int((bytes - fixed) / max(perSample, 1))
  }

  /// Measured on two steps with few samples, of which nothing stays; nil where the system does not tell,
  /// as for other devices than the CPU, or a step fails, which a training reports better.
  static func measured(_ step: TrialStep) -> StepMemory? {
    let size = step.batchSize
    let few = min(size, max(2, size / 8))
    let more = min(size, max(few + 1, size / 4))
    // The first step loads what every program needs once.
    guard (try? step.take(few)) != nil, let first = peak(of: step, few) else { return nil }
    guard more > few, let second = peak(of: step, more) else {
      return StepMemory(fixed: first, perSample: 0)
    }
    let perSample = max(0, second - first) / Double(more - few)
    return StepMemory(fixed: max(0, first - perSample * Double(few)), perSample: perSample)
  }

  private static func peak(of step: TrialStep, _ count: Int) -> Double? {
    // Memory that was freed but kept would hide the step's.
    Torch.releaseMemory()
    guard let before = MemoryReading.afterResettingPeak(), (try? step.take(count)) != nil,
      let after = MemoryReading.now()
    else { return nil }
    return Double(max(0, after.peak - before.peak))
  }
}
