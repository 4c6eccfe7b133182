import Foundation
import Reports
import Runs
import StableDynamics
import Tensors
import Verification

/// What a pre-trained differential operator is worth where a field is learned from trajectories: the result of
/// `basin theory derivatives`.
package struct DerivativeStudy: Finding, Sendable {
  package private(set) var schemaVersion = DerivativeStudy.currentSchemaVersion
  package let system: String
  package let request: Request
  /// Fields that have learned from one more signal each.
  package let fields: [FieldErrors]
  /// The operator on functions of its library that it has not seen.
  package let library: [LibraryErrors]

  /// What is asked for.
  package struct Request: Codable, Sendable, Hashable {
    /// As many to learn from as to test on.
    package var trajectories = 20
    package var samples = 20
    /// Time between two samples.
    package var spacing = 0.3
    /// The noise's deviation, as a share of the box's half side.
    package var noise = 0.02
    /// K, samples of a window.
    package var window = 9
    /// Steps of Adam for the operator and for each field.
    package var operatorSteps = 600
    package var steps = 1000
    /// Of derivatives beside states.
    package var weight = 4.0
    package var seeds: [UInt64] = [0, 1, 2]

    package init() {}
  }

  /// Errors of a field, of one number a seed each, root mean square over that of what is right.
  package struct FieldErrors: Codable, Sendable {
    /// What was learned from.
    package let signal: String
    /// Of the derivatives that were learned from; empty where there were none.
    package var signalErrors: [Double] = []
    /// Of the field at states of other trajectories.
    package var fieldErrors: [Double] = []
    /// Of other trajectories, from their first state to their end, over the box's half side.
    package var trajectoryErrors: [Double] = []
  }

  /// Errors of derivatives at the samples of windows of the library.
  package struct LibraryErrors: Codable, Sendable {
    /// Of the samples, as a share of the window's deviation.
    package let noise: Double
    package var operatorErrors: [Double] = []
    package var differenceErrors: [Double] = []
  }

  /// Simulates, pre-trains and fits.
  ///
  /// - Parameter progress: told how many fields are done.
  /// - Throws: `Failure` if trajectories do not stay in the box; `IntegrationFailure`.
  package static func measure(
    _ system: DynamicalSystem, named name: String, _ request: Request,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> DerivativeStudy {
    let observed = ObservedSystem(system)
    var fields: [FieldErrors] = []
    var library = [0, 0.02, 0.05, 0.1, 0.2, 0.5].map { LibraryErrors(noise: $0) }
    for (index, seed) in request.seeds.enumerated() {
      let learned = DerivativeOperator(
        windowSize: request.window, steps: request.operatorSteps, seed: seed)
      let trial = try Trial(observed, named: name, request, seed: seed)
      let signals = trial.signals(learned)
      if index == 0 { fields = signals.map { FieldErrors(signal: $0.name) } }
      for (place, signal) in signals.enumerated() {
        try trial.measure(signal.derivatives, into: &fields[place])
        progress(index * signals.count + place + 1, request.seeds.count * signals.count)
      }
      for place in library.indices {
        library[place].measure(learned, generator: RandomGenerator(seed: seed, keys: 4))
      }
    }
    return DerivativeStudy(system: name, request: request, fields: fields, library: library)
  }

  /// The root mean square of a difference over that of what is right.
  fileprivate static func relative(_ found: Tensor, to truth: Tensor) -> Double {
    ((found - truth).squared.sum() / truth.squared.sum()).squareRoot.item
  }
}

/// One draw of trajectories and noise.
private struct Trial {
  let system: ObservedSystem
  let request: DerivativeStudy.Request
  let seed: UInt64
  /// As they are and as they are seen, and others to test on, [M, T, d].
  let known: Tensor
  let seen: Tensor
  let others: Tensor

  init(
    _ system: ObservedSystem, named name: String, _ request: DerivativeStudy.Request, seed: UInt64
  ) throws {
    let generator = RandomGenerator(seed: seed, keys: 3)
    func drawn() throws -> Tensor {
      try system.trajectories(
        request.trajectories, samples: request.samples, spacing: request.spacing, named: name,
        generator: generator)
    }
    self.system = system
    self.request = request
    self.seed = seed
    (known, others) = (try drawn(), try drawn())
    seen = known + generator.normal(known.shape, dtype: .float64) * request.noise
  }

  private func velocities(along trajectories: Tensor) -> Tensor {
    system.velocities(at: trajectories.reshaped([-1, trajectories.shape[2]]))
      .reshaped(trajectories.shape)
  }

  /// What a field may learn from beside the states: nothing, two estimates, and the truth, beyond which no operator
  /// can go.
  func signals(
    _ learned: DerivativeOperator
  ) -> [(name: String, derivatives: Tensor?)] {
    [
      ("states", nil),
      ("and central differences", seen.centralDifferences(spacing: request.spacing)),
      ("and the operator", learned.derivatives(along: seen, spacing: request.spacing)),
      ("and true derivatives", velocities(along: known)),
    ]
  }

  func measure(_ derivatives: Tensor?, into errors: inout DerivativeStudy.FieldErrors) throws {
    let field = try FieldFit(
      observations: seen, spacing: request.spacing, weight: request.weight, steps: request.steps,
      seed: seed
    ).field(derivatives: derivatives)
    if let derivatives {
      errors.signalErrors.append(
        DerivativeStudy.relative(derivatives, to: velocities(along: known)))
    }
    let places = others.reshaped([-1, others.shape[2]])
    errors.fieldErrors.append(
      DerivativeStudy.relative(
        withoutGradients { field(places) }, to: system.velocities(at: places)))
    let found = try ObservedSystem.states(
      of: { field($0) }, from: others.sliced(0..<1, along: 1).squeezed(1),
      samples: request.samples, spacing: request.spacing, tolerance: 1e-6)
    errors.trajectoryErrors.append((found - others).squared.mean().squareRoot.item)
  }
}

extension DerivativeStudy.LibraryErrors {
  /// Measures an operator on a thousand windows.
  fileprivate mutating func measure(_ learned: DerivativeOperator, generator: RandomGenerator) {
    let size = learned.windowSize
    let (values, slopes) = SymbolicFunctions(windowSize: size).windows(1000, generator: generator)
    let deviation = DerivativeOperator.moments(values).deviation
    let noisy = values + generator.normal(values.shape, dtype: .float64) * deviation * noise
    let spacing = 2 / Double(size - 1)
    operatorErrors.append(
      DerivativeStudy.relative(learned.derivatives(of: noisy, spacing: spacing), to: slopes))
    differenceErrors.append(
      DerivativeStudy.relative(
        noisy.unsqueezed(2).centralDifferences(spacing: spacing).squeezed(2), to: slopes))
  }
}
