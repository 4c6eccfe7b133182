import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The model of `certified-cell` in training.
struct CertifiedCell: TrainableClassifier {
  let settings: CertifiedCellMethod.Settings
  let features: NonexpansiveFeatures
  /// w_i, [L, d], of which the directions are learned.
  let directions: Tensor
  let flow: CellFlow

  init(
    _ settings: CertifiedCellMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    features = try SettingsError.within("features") {
      try NonexpansiveFeatures(
        settings.features, input: input, generator: generator, dtype: dtype, device: device)
    }
    let dimension = features.featureCount
    try SettingsError.require(
      dimension >= 2, "features.dimension", "at least 2, for centres to differ in direction",
      dimension)
    directions = Self.directions(
      count: input.classCount, dimension: dimension, generator: generator
    ).to(dtype).to(device).differentiable()
    let dynamics = try SettingsError.within("field") {
      try CellDynamics(
        settings.field, dimension: dimension, generator: generator, dtype: dtype, device: device)
    }
    flow = try CellFlow(settings.solution, of: dynamics, flow: Flow(settings.flow))
  }

  /// Orthonormal where the dimension has room for them, else as far apart as can be.
  private static func directions(
    count: Int, dimension: Int, generator: RandomGenerator
  ) -> Tensor {
    guard count <= dimension else {
      return Equilibria.leastMaximalCosine(
        count: count, dimension: dimension, radius: 1, generator: generator, dtype: .float64)
    }
    return generator.normal([count, dimension], dtype: .float64)
      .nearestOrthonormal(iterations: 40)
  }

  var state: ModuleState {
    features.state.prefixed("extractor") + ModuleState(parameters: ["centers": directions])
      + flow.dynamics.state.prefixed("dynamics")
  }

  /// A loss at h(0) does not see the field.
  var phases: [TrainingPhase] {
    [
      TrainingPhase(
        "training", parameters: settings.lossTime == 0 ? ["extractor", "centers"] : [],
        learningRateFactor: 3, decay: .oneCycle)
    ]
  }

  var constrainedParts: [String] { [] }

  /// The cells of c_i = r w_i / ‖w_i‖, recorded.
  func cells() -> VoronoiCells {
    cells(of: directions)
  }

  private func cells(of directions: Tensor) -> VoronoiCells {
    let lengths = directions.norm(along: 1, keeping: true)
    return VoronoiCells(centers: directions / lengths * settings.radius)
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let cells = cells()
    let solution = try solution(images, in: cells)
    let distances = cells.bisectorDistances(at: solution.finalState, of: labels)
    let loss = settings.loss(distances, labels: labels).mean()
    let margins = withoutGradients { cells.ofRivals(distances, of: labels).min(along: 1) }
    return Objective(
      total: loss, classification: loss,
      terms: [
        ("margin", loss), ("distance", margins.mean()), ("spacing", cells.spacing.detached),
      ],
      evaluations: solution.statistics.evaluations)
  }

  private func solution(_ images: Tensor, in cells: VoronoiCells) throws -> Solution {
    try flow.trainingState(
      from: features(images, mode: .training), at: settings.lossTime, in: cells)
  }

  /// Logits whose cross entropy is the loss without ε, were all centres equally far apart.
  func trainingLogits(_ images: Tensor) throws -> Tensor {
    let cells = cells()
    let scores = cells.scores(at: try solution(images, in: cells).finalState)
    return scores / (cells.spacing.detached * (2 * settings.loss.temperature))
  }

  func trained() -> any TrainedClassifier {
    let trained = directions.dtype
    let used = settings.usePrecision == .float64 ? .float64 : trained
    return TrainedCertifiedCell(
      features: features.settled(in: used), cells: cells(of: directions.detached.to(used)),
      cellFlow: flow.constant(in: used), temperature: settings.loss.temperature,
      scoreType: trained)
  }
}
