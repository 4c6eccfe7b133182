import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// TisODE (Yan, Du, Tan, Feng 2020): a time-invariant Neural ODE whose trajectories are asked to
/// come to rest,
///
///     L = CE + w · mean |∫ |f(h(t))| dt|  over t from t_1 to t_2,
///
/// the absolute value taken element by element. The publication integrates over [T, 2T] (as
/// remembered; its text could not be read), its code from 0.9 T to 1.5 T; both ends are settings,
/// and the publication's are the default.
public enum TisODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// Features, field and flow.
    public var backbone: Backbone.Settings
    @Setting("w of the steady-state term (code: 0.01)", .weight)
    public var steadiness = 0.01
    @Setting(
      "t_1 and t_2 of the term in units of T (paper: 1 and 2; code: 0.9 and 1.5)",
      .positive(upTo: 1e3))
    public var interval = [1.0, 2.0]
    @Setting("share of training without the term (code: 5 of 100 epochs)", .share)
    public var warmup = 0.05
  }

  public static let name = "tisode"
  public static let summary = "time-invariant steady Neural ODE (Yan et al. 2020)"
  public static let reference = "Yan et al. 2020, On Robustness of Neural ODEs"

  public static func defaults(for input: ModelInput) -> Settings {
    Settings(backbone: .defaults(for: input, radius: 0))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let interval = settings.interval
    guard interval.count == 2, interval[0] <= 1, interval[1] > interval[0] else {
      throw SettingsError(
        setting: "interval", expected: "two numbers, the first in (0, 1], the second above it",
        found: "\(interval)")
    }
    return TisODEModel(
      plain: try NeuralODEModel(
        settings.backbone, input: input, generator: generator, dtype: dtype, device: device),
      settings: settings)
  }
}

/// A Neural ODE in training with the steady-state term; in use it is a plain one.
struct TisODEModel: TrainableClassifier {
  let plain: NeuralODEModel
  let settings: TisODEMethod.Settings

  var state: ModuleState { plain.state }
  var hiddenUnits: [HiddenUnits] { plain.hiddenUnits }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let horizon = plain.backbone.flow.settings.horizon
    let (start, end) = (settings.interval[0] * horizon, settings.interval[1] * horizon)
    let solution = try plain.backbone.flow.training(
      of: .autonomous { plain.backbone.field($0) },
      from: plain.backbone.initialState(images, mode: .training),
      times: start < horizon ? [0, start, horizon] : [0, horizon])
    let objective = Objective(
      crossEntropyOf: plain.head(solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
    guard settings.steadiness > 0, step.progress >= settings.warmup else { return objective }
    let motion = try motion(from: solution.states[1], over: [start, end])
    return Objective(
      total: objective.total.adding([motion.mean], weights: [settings.steadiness]),
      classification: objective.classification,
      terms: objective.terms + [("motion", motion.mean)],
      evaluations: objective.evaluations + motion.evaluations)
  }

  /// The mean of ∫ |f(h(t))| dt over samples and dimensions: an accumulator beside the state.
  private func motion(
    from state: Tensor, over times: [Double]
  ) throws -> (mean: Tensor, evaluations: Int) {
    let dimension = state.shape[1]
    let solution = try plain.backbone.flow.training(
      of: .autonomous { joint in
        let velocity = plain.backbone.field(joint.sliced(0..<dimension, along: 1))
        return Tensor.concatenated([velocity, velocity.magnitude], along: 1)
      },
      from: Tensor.concatenated([state, .zeros(like: state)], along: 1), times: times)
    return (
      solution.finalState.sliced(dimension..<2 * dimension, along: 1).mean(),
      solution.statistics.evaluations
    )
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor { try plain.trainingLogits(images) }

  func trained() -> any TrainedClassifier { plain.trained() }
}

extension TisODEModel: LayeredDynamics {
  var dynamics: any Field { plain.dynamics }
  var horizon: Double { plain.horizon }
}
