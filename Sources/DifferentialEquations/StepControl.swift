/// How a solver chooses its steps.
public enum StepControl: Sendable, Hashable {
  /// So many equal steps between one requested time and the next.
  case stepsPerInterval(Int)
  /// Equal steps of at most this size between one requested time and the next.
  case stepSize(Double)
  /// By the estimated error.
  case adaptive(AdaptiveSteps)
  /// The steps of an earlier solution, `Solution.steps`: accepted without asking for their error.
  /// The same sequence from the same state repeats a solution bit for bit (for sequences a sample
  /// of more than `FixedBatch.rows` samples, if the field treats a row alike whatever the number of
  /// rows; matrix products may not).
  case fixedSequence(StepSequence)

  /// Equal steps an interval, at most: beyond it rounding rules, and nobody waits for the end.
  public static let largestStepCount = 1_000_000_000

  /// By the estimated error, with the same absolute and relative tolerance.
  public static func adaptive(_ tolerance: Double, norm: ErrorNorm = .perBatch) -> StepControl {
    .adaptive(AdaptiveSteps(tolerance: Tolerance(tolerance), norm: norm))
  }
}

/// Steps chosen by their estimated error.
public struct AdaptiveSteps: Sendable, Hashable {
  /// The error of a step that is accepted, absolute and relative to the state.
  public var tolerance: Tolerance
  /// Whether all samples share a step, or each has its own.
  public var norm: ErrorNorm
  /// How the next step follows from the errors of those before.
  public var controller: StepController
  /// The size of the first step; nil for Hairer's rule, which costs one evaluation.
  public var firstStep: Double?
  /// The largest step size.
  public var largestStep: Double
  /// Accepted and rejected steps before the solver gives up (of each sample, where samples have
  /// their own).
  public var maximumSteps: Int

  /// Adaptive steps; by default shared by the batch, at absolute and relative tolerances of 1e-3.
  public init(
    tolerance: Tolerance = Tolerance(1e-3), norm: ErrorNorm = .perBatch,
    controller: StepController = .integral, firstStep: Double? = nil,
    largestStep: Double = .infinity, maximumSteps: Int = 10_000
  ) {
    self.tolerance = tolerance
    self.norm = norm
    self.controller = controller
    self.firstStep = firstStep
    self.largestStep = largestStep
    self.maximumSteps = maximumSteps
  }
}

/// The elements that share a step size and its acceptance.
public enum ErrorNorm: String, Sendable, Hashable, Codable, CaseIterable {
  /// All of the batch: the root mean square over all entries, torchdiffeq's rule. A sample's
  /// result depends, within the tolerance, on its batch-mates.
  case perBatch = "per-batch"
  /// Each sample (row of the first axis) has its own time, step size and acceptance: its result
  /// depends on its batch-mates by no more than the field does, which is rounding for matrix
  /// products, and nothing where all batches have `FixedBatch.rows` samples.
  case perSample = "per-sample"
}

/// The sizes of accepted steps in order, negative backwards in time.
public enum StepSequence: Sendable, Hashable {
  /// Of the whole batch.
  case shared([Double])
  /// Of each sample.
  case perSample([[Double]])
}
