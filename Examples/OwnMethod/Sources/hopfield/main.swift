import BasinCommands
import Methods
import NeuralNetworks
import Robustness
import StableDynamics
import Tensors

/// f(h) = A tanh(h) - h, a Hopfield network's field.
struct HopfieldField: Field {
  let weight: Tensor
  var state: ModuleState { ModuleState(parameters: ["weight": weight]) }
  func callAsFunction(_ h: Tensor) -> Tensor { h.tanh.linear(weight: weight, bias: nil) - h }
}

enum HopfieldMethod: Method {
  typealias Settings = Backbone.Settings  // `hidden` and `activation` are not used here
  static let name = "hopfield"
  static let summary = "Neural ODE with the field of a Hopfield network"
  static let reference = "Hopfield 1984"
  static func defaults(for input: ModelInput) -> Settings { .defaults(for: input, radius: 0) }
  static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let d = settings.features.dimension
    func weight(_ rows: Int) -> Tensor {
      generator.parameter([rows, d], fanIn: d, dtype: dtype, device: device)
    }
    let features = try Features(
      settings.features, input: input, generator: generator, dtype: dtype, device: device)
    return NeuralODEModel(
      backbone: Backbone(
        features: features, field: HopfieldField(weight: weight(d)), flow: try Flow(settings.flow)),
      head: Linear(weight: weight(input.classCount)))
  }
}

/// Moves every pixel towards grey as far as the budget lets it.
struct GreyAttack: Attack {
  let name = "grey", reference = "an example", steps = 0, usesGradients = false
  let parameters: [String: String] = [:], norms: Set<ThreatModel.Norm> = [.linf, .l2]
  func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let images = problem.samples.images
    return Perturbation(images: problem.threat.projected(images * 0 + 0.5, around: images))
  }
}

BasinTool.run(
  methods: [HopfieldMethod.self],
  attacks: [.init("grey", "towards grey, without gradients", attack: { _ in GreyAttack() })])
