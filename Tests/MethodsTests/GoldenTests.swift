import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// Every number of the objective against an independent PyTorch implementation.
@Suite("Zubov-Net meets the reference values")
struct GoldenTests {
  static let names = [
    "zubov_piacnn_f64", "zubov_piacnn3_f64", "zubov_picnn_f64", "zubov_icnn_f64",
    "zubov_ineq_sum_f64", "zubov_piacnn_f32",
  ]

  /// Entries that float32 cannot meet, judged against float64 (see Tests/Golden/README.md).
  static let judgedInDouble: Set = ["out.counterexamples", "out.consistency.counterexamples"]

  private func expect(
    _ value: Tensor, _ key: String, in golden: Golden, isGradient: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var reference = golden
    if !golden.isDouble, Self.judgedInDouble.contains(key) {
      reference = try Golden(golden.name.replacing("f32", with: "f64"))
    }
    let error = relativeError(value, reference[key])
    let limit = isGradient ? golden.gradientTolerance : golden.valueTolerance
    #expect(
      error <= limit, "\(key): relative error \(error), allowed \(limit)",
      sourceLocation: sourceLocation)
  }

  @Test("values, points and losses", arguments: names)
  func values(_ name: String) throws {
    let golden = try Golden(name)
    let model = try golden.model()
    let (objective, details) = try ZubovObjective(model: model).evaluateInDetail(
      images: golden["in.images"], labels: golden["in.labels"], rays: golden.rays)
    try expect(details.features, "out.features", in: golden)
    try expect(details.trajectory, "out.trajectory", in: golden)
    try expect(details.values, "out.lyapunov", in: golden)
    try expect(details.boundary!.lengths, "out.boundary.length", in: golden)
    try expect(details.boundary!.points, "out.boundary.points", in: golden)
    #expect(details.boundary!.converged.integers == golden["out.boundary.converged"].integers)
    try expect(details.counterexamples!, "out.counterexamples", in: golden)
    try expect(objective.total, "out.loss.loss", in: golden)
    for (name, value) in objective.terms where golden.tensors["out.loss.\(name)"] != nil {
      try expect(value, "out.loss.\(name)", in: golden)
    }
    if name == "zubov_piacnn_f64" { #expect(objective.evaluations == golden.integer("nfe")) }
  }

  @Test("V, its gradient, its rate and the logits at h(T)", arguments: names)
  func lyapunov(_ name: String) throws {
    let golden = try Golden(name)
    let model = try golden.model()
    let lyapunov = model.lyapunov()
    let trajectory = golden["out.trajectory"]
    let final = trajectory[trajectory.shape[0] - 1]
    try expect(lyapunov.valuesAtOrigin, "out.g0", in: golden)
    let values = lyapunov.values(at: final)
    try expect(values, "out.lyapunov", in: golden)
    try expect(
      ZubovTransform.logits(values, margin: golden.number("alpha")), "out.logits", in: golden)
    let slopes = lyapunov.gradients(at: final)
    try expect(slopes, "out.dV", in: golden)
    let velocity = model.backbone.field(final)
    try expect((slopes * velocity.unsqueezed(1)).sum(along: 2), "out.Vdot", in: golden)
    // The forward-mode product, class by class.
    for label in 0..<lyapunov.classCount {
      let groups = ClassGroups(
        classes: [Int](repeating: label, count: final.shape[0]), classCount: lyapunov.classCount)
      let rate = lyapunov.rates(at: final, velocities: velocity, groups: groups)
      let error = relativeError(
        rate.derivative, golden["out.Vdot"].sliced(label..<label + 1, along: 1).squeezed(1))
      #expect(error <= golden.valueTolerance, "class \(label): \(error)")
    }
  }

  @Test("the gradient of every parameter", arguments: names)
  func gradients(_ name: String) throws {
    let golden = try Golden(name)
    let model = try golden.model()
    let (objective, _) = try ZubovObjective(model: model).evaluateInDetail(
      images: golden["in.images"], labels: golden["in.labels"], rays: golden.rays)
    let entries = model.state.entries.filter(\.isParameter)
    let gradients = gradient(of: objective.total, wrt: entries.map(\.tensor))
    for (entry, gradient) in zip(entries, gradients) {
      guard golden.tensors["grad.\(entry.name)"] != nil else {
        #expect(gradient.norm.item == 0, "\(entry.name) has a gradient, the reference none")
        continue
      }
      try expect(gradient, "grad.\(entry.name)", in: golden, isGradient: true)
    }
    #expect(Set(golden.tensors(under: "grad").keys).isSubset(of: Set(entries.map(\.name))))
  }

  @Test("five steps of Adam")
  func training() throws {
    let golden = try Golden("training_f64")
    let model = try golden.model()
    let parameters = model.parameters
    let optimizer = Adam(model.state, learningRate: 1e-3)
    var losses: [Double] = []
    for step in 0..<5 {
      let (objective, _) = try ZubovObjective(model: model).evaluateInDetail(
        images: golden["in.images"][step], labels: golden["in.labels"][step], rays: golden.rays)
      losses.append(objective.total.item)
      optimizer.step(gradients: gradient(of: objective.total, wrt: parameters))
      model.restoreConstraints()
    }
    try expect(Tensor(losses), "out.loss", in: golden)
    for entry in model.state.entries {
      let error = relativeError(entry.tensor, golden["out.param.\(entry.name)"])
      #expect(error <= golden.valueTolerance, "\(entry.name): \(error)")
    }
  }
}
