import Datasets
import DifferentialEquations
import Evaluations
import Foundation
import Methods
import Reports
import Robustness
import Runs
import StableDynamics
import Tensors

/// What happens to decisions if something happens to the state after t = 0: with the flow of a model on
/// cells, and with the same states left to themselves, as a linear classifier behind the same map would
/// have them.
package struct StateStudy: Finding {
  /// One kind of disturbance of one size.
  package struct Entry: Codable, Sendable {
    package let disturbance: String
    package let size: Double
    /// Samples right at the end.
    package let withFlow: Accuracy
    /// Nil for disturbances of the flow itself.
    package let withoutFlow: Accuracy?
    /// Right, and sure to be so: for all time with the flow, until the end without.
    package let certifiedWithFlow: Accuracy?
    package let certifiedWithoutFlow: Accuracy?
  }

  package private(set) var schemaVersion = StateStudy.currentSchemaVersion
  package let method: String
  package let configurationHash: String
  package let data: String
  package let split: DataSplit
  package let seed: UInt64
  package let horizon: Double
  package let entries: [Entry]

  /// Measures a run.
  ///
  /// - Parameters:
  ///   - horizon: until when states are disturbed and followed.
  ///   - sizes: of each kind of disturbance, in units of the state (of the weights for those).
  ///   - progress: told how many of the entries are done.
  /// - Throws: `MethodError` if the method has no cells; `IntegrationFailure`.
  package static func measure(
    _ run: Run, on samples: LabelledSamples, split: DataSplit, limit: Int? = nil,
    horizon: Double = 10, sizes: [Double] = [0.05, 0.1, 0.2, 0.5], seed: UInt64 = 0,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> StateStudy {
    guard let model = run.model.trained() as? any CellClassifier else {
      throw MethodError(
        subject: "theory states", method: run.configuration.method,
        lacking: "regions of attraction that are known exactly", example: "certified-cell")
    }
    let data = try run.images(of: limit.map(samples.prefix) ?? samples)
    let trial = withoutGradients {
      StateTrial(model, images: data.images, labels: data.labels, horizon: horizon, seed: seed)
    }
    var entries: [Entry] = []
    for size in sizes {
      try withoutGradients {
        entries += [try trial.pushed(size), try trial.kicked(size), try trial.weights(size)]
      }
      progress(entries.count, 3 * sizes.count + 1)
    }
    entries.append(try withoutGradients { try trial.shortened() })
    progress(entries.count, 3 * sizes.count + 1)
    return StateStudy(
      method: run.configuration.method, configurationHash: try run.configuration.hash,
      data: run.configuration.data.name, split: split, seed: seed, horizon: horizon,
      entries: entries.sorted { ($0.disturbance, $0.size) < ($1.disturbance, $1.size) })
  }

  package var summary: String {
    String(
      format: "%@ on %@, %@ split: states disturbed after t = 0 and followed to t = %g, seed %d",
      method, data, split.rawValue, horizon, Int(seed))
  }

  package var table: Table {
    func cell(_ accuracy: Accuracy?) -> Table.Cell { accuracy.map { .percentage($0) } ?? .missing }
    return Table(
      caption: "Percent right at the end, and certified to be, with the flow and without",
      columns: [
        .init("disturbance"), .number("size"), .number("with the flow"),
        .number("certified, for ever"), .number("without"), .number("certified, to the end"),
      ],
      rows: entries.map {
        [
          .init($0.disturbance), .number($0.size), cell($0.withFlow), cell($0.certifiedWithFlow),
          cell($0.withoutFlow), cell($0.certifiedWithoutFlow),
        ]
      })
  }
}

/// The samples of a study and their states.
private struct StateTrial {
  let model: any CellClassifier
  let labels: Tensor
  let initial: Tensor
  let horizon: Double
  let seed: UInt64
  let crossings: CellCrossings

  /// Steps a unit of time, of Euler's method, which the theorems cover.
  private var stepsAUnit: Int { max(10, Int((1 / crossings.greatestStep).rounded(.up))) }

  init(
    _ model: any CellClassifier, images: Tensor, labels: Tensor, horizon: Double, seed: UInt64
  ) {
    self.model = model
    self.labels = labels
    self.horizon = horizon
    self.seed = seed
    initial = model.initialState(images)
    crossings = CellCrossings(cells: model.cells, dynamics: model.cellFlow.dynamics)
  }

  private var cells: VoronoiCells { model.cells }

  private func accuracy(_ isRight: Tensor) -> Accuracy {
    Accuracy(correct: isRight.trueCount, count: labels.shape[0])
  }

  private func right(_ states: Tensor) -> Accuracy {
    accuracy(cells.owners(at: states) .== labels)
  }

  private func followed(
    from states: Tensor, until time: Double, _ field: @escaping (Tensor) -> Tensor
  ) throws -> Tensor {
    let steps = max(1, Int((time * Double(stepsAUnit)).rounded()))
    return try solve(
      field, from: states, at: [0, time], method: .euler, steps: .stepsPerInterval(steps)
    ).finalState
  }

  private var field: (Tensor) -> Tensor { crossings.dynamics.velocity(in: cells) }

  /// A push of one size towards the nearest boundary, all the time.
  func pushed(_ size: Double) throws -> StateStudy.Entry {
    let (field, push) = (self.field, crossings.push(size))
    let disturbance = PersistentDisturbance(
      size: size, against: crossings.dynamics.settings, spacing: cells.spacing.item)
    let depths = cells.depths(at: initial, of: labels).squeezed(1)
    let distances = cells.bisectorDistances(at: initial, of: labels)
    let least = cells.ofRivals(distances, of: labels).min(along: 1)
    return StateStudy.Entry(
      disturbance: "push towards the boundary", size: size,
      withFlow: right(try followed(from: initial, until: horizon) { field($0) + push($0) }),
      withoutFlow: right(try followed(from: initial, until: horizon, push)),
      certifiedWithFlow: accuracy(
        disturbance.map { depths .>= max($0.leastDepth, 1e-12) } ?? (depths .> 1e30)),
      certifiedWithoutFlow: accuracy(least .> (size * horizon)))
  }

  /// A normal kick of every coordinate at t = 0, 1, 2, ...
  func kicked(_ size: Double) throws -> StateStudy.Entry {
    let generator = RandomGenerator(seed: seed, keys: 0x1CC)
    var (flowing, still) = (initial, initial)
    for _ in 0..<max(1, Int(horizon)) {
      let kick = generator.normal(initial.shape, deviation: size, dtype: .float64).like(initial)
      flowing = try followed(from: flowing + kick, until: 1, field)
      still = still + kick
    }
    return StateStudy.Entry(
      disturbance: "kick of each coordinate, one a unit of time", size: size,
      withFlow: right(flowing), withoutFlow: right(still), certifiedWithFlow: nil,
      certifiedWithoutFlow: nil)
  }

  /// A field whose centres are moved by noise, while the classifier's stay.
  func weights(_ size: Double) throws -> StateStudy.Entry {
    let noise = RandomGenerator(seed: seed, keys: 0x3E1).normal(
      cells.centers.shape, deviation: size, dtype: .float64)
    let moved = VoronoiCells(centers: cells.centers + noise.like(cells.centers))
    return StateStudy.Entry(
      disturbance: "centres of the field moved, those of V not", size: size,
      withFlow: right(
        try followed(
          from: initial, until: horizon, crossings.dynamics.velocity(in: moved))),
      withoutFlow: right(initial), certifiedWithFlow: nil, certifiedWithoutFlow: nil)
  }

  /// A field of which 8 bits are kept, as bfloat16 has them.
  func shortened() throws -> StateStudy.Entry {
    let field = self.field
    return StateStudy.Entry(
      disturbance: "field rounded to bfloat16", size: 0x1p-9,
      withFlow: right(
        try followed(from: initial, until: horizon) { state in
          let value = field(state)
          let unit = ((value.magnitude.maximum(1e-30).log / log(2)).floor * log(2)).exp / 128
          return (value / unit).rounded * unit
        }), withoutFlow: right(initial), certifiedWithFlow: nil, certifiedWithoutFlow: nil)
  }
}
