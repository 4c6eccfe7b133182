import DynamicsTestSupport
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Lipschitz certificates")
struct LipschitzCertificateTests {
  /// The methods whose models have one, on a fixed grid.
  private static let methods = [
    "resnet18", "neural-ode", "anode", "tisode", "sodef", "contractive-node",
    "contractive-node, rows", "contractive-node, gradient", "ch-node", "node-ren",
    "node-ren, euclidean", "antisymmetric-node", "zubov-net",
  ]

  private func model(
    _ name: String, _ input: ModelInput, seed: UInt64 = 1, solver: Flow.Solver = .rk4,
    radius: Double? = nil
  ) throws -> any TrainableClassifier {
    func build<M: Methods.Method>(
      _ method: M.Type, _ change: (inout M.Settings) -> Void
    ) throws -> any TrainableClassifier {
      var settings = M.defaults(for: input)
      change(&settings)
      return try M.build(
        settings, input: input, generator: RandomGenerator(seed: seed), dtype: .float64,
        device: .cpu)
    }
    func set(_ backbone: inout Backbone.Settings) {
      backbone.flow.solver = solver
      if let radius { backbone.features.radius = radius }
    }
    switch name {
    case "resnet18": return try build(ResNet18Method.self) { _ in }
    case "neural-ode": return try build(NeuralODEMethod.self) { set(&$0.backbone) }
    case "anode": return try build(ANODEMethod.self) { set(&$0.backbone) }
    case "tisode": return try build(TisODEMethod.self) { set(&$0.backbone) }
    case "sodef": return try build(SODEFMethod.self) { $0.flow.solver = solver }
    case "contractive-node":
      return try build(ContractiveNODEMethod.self) { $0.flow.solver = solver }
    case "contractive-node, rows":
      return try build(ContractiveNODEMethod.self) {
        $0.flow.solver = solver
        $0.contraction.regularizer = .constrained
      }
    case "contractive-node, gradient":
      return try build(ContractiveNODEMethod.self) {
        $0.flow.solver = solver
        $0.contraction.regularizer = .constrained
        $0.contraction.measure = .symmetric
      }
    case "antisymmetric-node":
      return try build(AntisymmetricNODEMethod.self) { $0.flow.solver = solver }
    case "node-ren": return try build(NodeRENMethod.self) { $0.flow.solver = solver }
    case "node-ren, euclidean":
      return try build(NodeRENMethod.self) {
        $0.flow.solver = solver
        $0.metric = .euclidean
      }
    case "ch-node": return try build(CHNODEMethod.self) { $0.flow.solver = solver }
    case "zubov-net": return try build(ZubovNetMethod.self) { set(&$0.backbone) }
    case "zubov-cell": return try build(ZubovCellMethod.self) { $0.flow.solver = solver }
    default: return try build(LyaNetMethod.self) { $0.backbone.flow.solver = solver }
    }
  }

  private func images(_ input: ModelInput, count: Int = 6) -> Tensor {
    RandomGenerator(seed: 2).uniform([count] + input.shape, dtype: .float64)
  }

  /// The certificate of images with their predictions as labels, but for every third.
  private func certify(
    _ trained: any TrainedClassifier, _ images: Tensor, batchSize: Int = 4
  ) throws -> (certificate: LipschitzCertificate, labels: [Int], isCorrect: [Bool]) {
    let predictions = try trained.predictions(images).integers
    let isCorrect = predictions.indices.map { $0 % 3 != 2 }
    let labels = zip(predictions, isCorrect).map { $1 ? $0 : ($0 + 1) % trained.classCount }
    let certificate = try #require(
      try (trained as? any LipschitzCertifiable)?.lipschitzCertificate(
        images: images, labels: labels, batchSize: batchSize, progress: { _ in }))
    return (certificate, labels, isCorrect)
  }

  /// The scores that decide: -V where there are Lyapunov functions, or the logits.
  private func scores(_ trained: any TrainedClassifier, _ images: Tensor) throws -> Tensor {
    try trained.scoreFunctions.last!.scores(images)
  }

  @Test("A linear head's radius is the least margin over the product of all bounds")
  func linearHead() throws {
    let model = try model("neural-ode", digitsInput)
    let trained = model.trained()
    let images = images(digitsInput)
    let (found, labels, isCorrect) = try certify(trained, images)
    let head = model.state.tensors["head.weight"]!.detached
    let z = try trained.logits(images)
    for (row, label) in labels.enumerated() where isCorrect[row] {
      let expected = (0..<10).filter { $0 != label }.map { other in
        (z[row].doubles[label] - z[row].doubles[other])
          / (found.factors.features * found.factors.flow * (head[label] - head[other]).norm.item)
      }.min()!
      #expect(abs(found.radii[row] - expected) <= 1e-8 * expected)
      #expect(expected > 0)
    }
    #expect(found.factors.layerNormalization == nil)
    #expect(found.factors.flow > 1.01)
  }

  @Test("Layer normalisation counts with the deviation of the sample's own features")
  func layerNormalization() throws {
    let model = try model("neural-ode", digitsInput, radius: 3)
    let raw = try self.model("neural-ode", digitsInput)
    let trained = model.trained()
    let images = images(digitsInput)
    let (found, _, isCorrect) = try certify(trained, images)
    let (plain, _, _) = try certify(raw.trained(), images)
    #expect(found.factors.features == plain.factors.features)
    let features = try raw.trained().outputs(images)["features"]!
    let head = model.state.tensors["head.weight"]!.detached
    let z = try trained.logits(images)
    var largest = 0.0
    for row in 0..<6 {
      let u = features[row].doubles
      let mean = u.reduce(0, +) / 64
      let s = (u.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 64 + 1e-5).squareRoot()
      largest = max(largest, 3 / (8 * s))
      guard isCorrect[row] else { continue }
      let label = z[row].argMax(along: 0).integers[0]
      let state = (0..<10).filter { $0 != label }.map { other in
        (z[row].doubles[label] - z[row].doubles[other])
          / (found.factors.flow * (head[label] - head[other]).norm.item)
      }.min()!
      let expected = 8 * s * (1 - exp(-state / 3)) / found.factors.features
      #expect(abs(found.radii[row] - expected) <= 1e-8 * expected)
    }
    #expect(abs(found.factors.layerNormalization! / largest - 1) <= 1e-9)
  }

  @Test(
    "No move of features within the distance moves their normalisation by more")
  func inputDistance() {
    let generator = RandomGenerator(seed: 3)
    let normalization = LayerNormalization(radius: 3)
    let u = generator.normal([200, 6], dtype: .float64)
    let deviations = normalization.deviations(u)
    for distance in [1e-4, 0.1, 1, 5] {
      let allowed = deviations.doubles.map {
        normalization.inputDistance(forOutput: distance, dimension: 6, deviation: $0)
      }
      var greatest = 0.0
      for _ in 0..<50 {
        let direction = generator.normal([200, 6], dtype: .float64)
        let step =
          direction / direction.norm(along: 1, keeping: true) * Tensor(allowed).unsqueezed(1)
        let moved = (normalization(u + step) - normalization(u)).norm(along: 1)
        greatest = max(greatest, moved.max().item)
      }
      #expect(greatest <= distance)
      if distance < 0.01 { #expect(greatest >= 0.98 * distance) }
    }
  }

  @Test(
    "Within its radius no prediction changes, and margins move by no more than their bound",
    arguments: methods, [digitsInput, pointsInput])
  func soundness(_ name: String, _ input: ModelInput) throws {
    for seed in 1...2 as ClosedRange<UInt64> {
      let trained = try model(name, input, seed: seed).trained()
      let images = images(input)
      let (found, labels, isCorrect) = try certify(trained, images)
      for (radius, isRight) in zip(found.radii, isCorrect) { #expect((radius > 0) == isRight) }
      #expect(found.sampledSlope > 0 && found.sampledSlope <= found.slopeBound)

      let z = try scores(trained, images)
      let predictions = z.argMax(along: 1)
      let leaf = images.differentiable()
      let leading = try scores(trained, leaf).largest(2, along: 1).values
      let margins = (leading.sliced(0..<1, along: 1) - leading.sliced(1..<2, along: 1))
      let worst = -gradient(of: margins.sum(), wrt: [leaf])[0]
      let generator = RandomGenerator(seed: seed, keys: 3)
      for attempt in 0..<5 {
        let direction =
          (attempt == 0 ? worst : generator.normal(images.shape, dtype: .float64))
          .flattened(from: 1)
        let unit = (direction / direction.norm(along: 1, keeping: true)).reshaped(images.shape)
        func moved(_ distances: [Double]) throws -> Tensor {
          let shape = [images.shape[0]] + Array(repeating: 1, count: input.shape.count)
          return try scores(trained, images + unit * Tensor(distances, shape: shape))
        }
        let within = try moved(found.radii)
        for (row, isRight) in isCorrect.enumerated() where isRight {
          #expect(within.argMax(along: 1).integers[row] == labels[row])
        }
        // All pairs of scores, a small step away, where the local factors still hold.
        let small = try moved(found.radii.map { _ in 1e-7 })
        let winners = z.gathering(columns: predictions).unsqueezed(1) - z
        let movedWinners = small.gathering(columns: predictions).unsqueezed(1) - small
        let change = (winners - movedWinners).magnitude.max().item
        #expect(change <= found.slopeBound * 1e-7 * (1 + 1e-4) * 3)
      }
    }
  }

  @Test("By construction the flow's factor is the contraction itself")
  func constructedFlows() throws {
    for (name, exact) in [
      ("contractive-node, gradient", true), ("node-ren, euclidean", false),
    ] {
      let trained = try model(name, digitsInput).trained()
      let flow = try certify(trained, images(digitsInput)).certificate.factors.flow
      // ρ = 0.5, T = 1: rk4's ten steps of e^(-0.05).
      #expect(flow >= exp(-0.5) * (1 - 1e-9) && flow <= exp(-0.5) * (exact ? 1 + 1e-4 : 1.05))
    }
  }

  @Test("The bounds of V's differences are above their slopes anywhere")
  func lyapunovSlopes() {
    for kind in ConvexArchitectureKind.allCases {
      let lyapunov = kind.lyapunov(seed: 2)
      let slopes = ScoreSlopes(lyapunov.detached)
      let states = RandomGenerator(seed: 4).normal([500, 4], dtype: .float64) * 3
      let gradients = lyapunov.gradients(at: states)
      for i in 0..<4 {
        #expect(slopes.bounds[i][i] == 0)
        for j in 0..<4 where j != i {
          let found =
            (gradients.sliced(i..<i + 1, along: 1) - gradients.sliced(j..<j + 1, along: 1))
            .squeezed(1).norm(along: 1).max().item
          #expect(found <= slopes.bounds[i][j])
        }
      }
    }
    // Layers add up along their inputs: softplus(softplus(x) + x) has the slope 2 far out, and nothing
    // of the other class takes it back.
    let networks = ClassConvexNetworks(layers: [
      .init(
        hidden: nil, input: Tensor([1.0, 0], shape: [2, 1, 1]),
        bias: .zeros([2, 1], dtype: .float64)),
      .init(
        hidden: Tensor([1.0, 0], shape: [2, 1, 1]), input: Tensor([1.0, 0], shape: [2, 1, 1]),
        bias: .zeros([2, 1], dtype: .float64)),
    ])
    let steep = LyapunovFunction(
      networks: networks, equilibria: Tensor([3.0, -3], shape: [2, 1]), quadraticWeight: 0.25)
    // 2 + 2δ 6, either way round.
    for (i, j) in [(0, 1), (1, 0)] {
      let bound = ScoreSlopes(steep.detached).bounds[i][j]
      #expect(bound >= 5 && bound < 5 + 1e-4)
    }
    // Where V = δ|h - c|², they are attained: 2δ |c_i - c_j|.
    let quadratic = ScoreSlopes(quadraticLyapunov([[0, 0], [3, 4]], weight: 0.7))
    #expect(abs(quadratic.bounds[0][1] - 7) < 1e-6)
  }

  @Test("A linear head's differences have the distances of its rows")
  func linearSlopes() {
    let slopes = ScoreSlopes(weight: Tensor([1.0, 2, 4, 6, 1, 2], shape: [3, 2]))
    #expect(abs(slopes.bounds[0][1] - 5) < 1e-7)
    #expect(slopes.bounds[0][2] == 0)
  }

  /// With a head of zeros all scores are equal everywhere, and their differences have slope 0.
  @Test("A tie certifies nothing, not even where no score can move")
  func tie() throws {
    let model = try model("neural-ode", digitsInput)
    for (name, parameter) in model.state.tensors where name.hasPrefix("head.") {
      withoutGradients { parameter.assign(.zeros(like: parameter.detached)) }
    }
    let certificate = try #require(
      try (model.trained() as? any LipschitzCertifiable)?.lipschitzCertificate(
        images: images(digitsInput), labels: Array(repeating: 0, count: 6), batchSize: 6,
        progress: { _ in }))
    #expect(certificate.radii == Array(repeating: 0, count: 6))
  }

  @Test("The batch changes nothing but the rounding")
  func batches() throws {
    let trained = try model("zubov-net", digitsInput).trained()
    let images = images(digitsInput)
    let whole = try certify(trained, images, batchSize: 100).certificate
    let parts = try certify(trained, images, batchSize: 1).certificate
    for (a, b) in zip(whole.radii, parts.radii) { #expect(abs(a - b) <= 1e-9 * a) }
    #expect(abs(whole.sampledSlope / parts.sampledSlope - 1) < 1e-9)
  }

  @Test(
    "A solver that chooses its steps is refused by the setting that chooses it",
    arguments: [
      ("neural-ode", "backbone.flow.solver"), ("zubov-net", "backbone.flow.solver"),
      ("contractive-node", "flow.solver"), ("ch-node", "flow.solver"), ("sodef", "flow.solver"),
      ("node-ren", "flow.solver"), ("contractive-node, gradient", "flow.solver"),
    ])
  func adaptive(_ name: String, _ setting: String) throws {
    let trained = try model(name, digitsInput, solver: .dopri5).trained()
    let error = #expect(throws: SettingsError.self) {
      _ = try (trained as? any LipschitzCertifiable)?.lipschitzCertificate(
        images: images(digitsInput), labels: Array(0..<6), batchSize: 6, progress: { _ in })
    }
    #expect(error?.setting == setting)
  }

  @Test("Methods with a part without a bound have none", arguments: ["zubov-cell", "lyanet"])
  func none(_ name: String) throws {
    #expect(
      try (model(name, digitsInput).trained() as? any LipschitzCertifiable)?.lipschitzCertificate(
        images: images(digitsInput), labels: Array(0..<6), batchSize: 6, progress: { _ in }) == nil)
  }

  @Test("The features of a ResNet-18 change by no more than its bound, and pooling counts")
  func resNet() throws {
    let generator = RandomGenerator(seed: 5)
    let network = ResNet18(
      featureCount: 3, channels: 1, width: 2, generator: generator, dtype: .float64)
    let folded = network.foldedForInference()
    let bound = folded.lipschitzBound(on: [1, 16, 16])
    #expect(abs(network.lipschitzBound(on: [1, 16, 16]) / bound - 1) < 1e-6)
    let leaf = generator.uniform([8, 1, 16, 16], dtype: .float64).differentiable()
    let features = folded(leaf, mode: .inference)
    let slopes = gradient(of: features.sliced(0..<1, along: 1).sum(), wrt: [leaf])[0]
      .flattened(from: 1).norm(along: 1)
    #expect(slopes.max().item <= bound)
    // At 64 x 64 the last maps are 8 x 8: their mean has an eighth of a sum's norm, not a half.
    let larger = network.lipschitzBound(on: [1, 64, 64])
    #expect(larger < bound)
  }
}
