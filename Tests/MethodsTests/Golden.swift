import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

extension Golden: CustomTestStringConvertible {
  package var testDescription: String { name }

  var isDouble: Bool { name.hasSuffix("f64") }
  /// Largest relative error (norm of the difference over norm) of values and of gradients.
  /// In float32 the kernels of one instruction set give up to 1e-4, those of another a hair more.
  var valueTolerance: Double { isDouble ? 1e-9 : 2e-4 }
  var gradientTolerance: Double { isDouble ? 1e-7 : 1e-3 }

  func number(_ key: String) -> Double { Double(metadata[key]!)! }
  func integer(_ key: String) -> Int { Int(metadata[key]!)! }

  /// The model that the metadata describe, with the file's parameters.
  func model() throws -> ZubovNet {
    let widths = metadata["lyap_kw"]!.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
    let layerCount = tensors(under: "param.lyapunov.z").count
    let input = ModelInput(shape: [1, 8, 8], classCount: integer("classes"))
    var settings = ZubovNetMethod.defaults(for: input)
    settings.backbone.features = .init(
      extractor: .small, dimension: integer("dim"),
      radius: metadata["feature_norm"] == "layer" ? number("radius") : 0)
    settings.backbone.hidden = integer("hidden")
    settings.backbone.flow.horizon = number("T")
    settings.backbone.flow.intervals = integer("Gamma")
    settings.backbone.flow.trainingTolerance = number("tol_train")
    settings.lyapunov.architecture = ConvexArchitectureKind(rawValue: metadata["lyapunov"]!)!
    settings.lyapunov.sizes = Array(widths.prefix(layerCount))
    settings.lyapunov.contextSizes = Array(widths.dropFirst(layerCount).prefix(layerCount - 1))
    settings.lyapunov.radius = number("radius")
    settings.losses.margin = number("alpha")
    settings.losses.auxiliary = number("lambda1")
    settings.losses.consistency = number("lambda2")
    settings.losses.separation = number("lambda3")
    settings.losses.exponent = number("beta")
    settings.losses.relation = metadata["ineq"] == "True" ? .inequality : .equality
    settings.losses.consistencyReduction = metadata["con_reduction"] == "sum" ? .sum : .mean
    settings.losses.auxiliaryHead = metadata["head"] == "learned" ? .free : .tied
    settings.boundary.level = number("rho")
    settings.boundary.tolerance = number("rho_tol")
    settings.boundary.iterationLimit = integer("rho_iters")
    settings.boundary.search = .bisection
    settings.counterexamples.steps = integer("pgd_steps")
    settings.counterexamples.rate = number("pgd_step")
    let model = try ZubovNet(
      settings, input: input, generator: RandomGenerator(seed: 0),
      dtype: isDouble ? .float64 : .float32, device: .cpu)
    try model.load(tensors(under: "param"))
    return model
  }

  var rays: BoundaryRays {
    BoundaryRays(owners: self["in.rays.owner"].integers, directions: self["in.rays.direction"])
  }
}
