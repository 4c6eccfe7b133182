import DynamicsTestSupport
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("zubov-cell")
struct ZubovCellTests {
  private func build(
    _ input: ModelInput, seed: UInt64 = 0, dtype: DType = .float64,
    _ change: (inout ZubovCellMethod.Settings) -> Void = { _ in }
  ) throws -> any TrainableClassifier {
    var settings = ZubovCellMethod.defaults(for: input)
    change(&settings)
    return try ZubovCellMethod.build(
      settings, input: input, generator: RandomGenerator(seed: seed), dtype: dtype, device: .cpu)
  }

  // MARK: The field

  private func field(
    _ count: Int, dimension: Int, seed: UInt64, dtype: DType = .float64
  ) -> (SinkField, Tensor) {
    let generator = RandomGenerator(seed: seed)
    let c = Equilibria.leastMaximalCosine(
      count: count, dimension: dimension, radius: 3, generator: generator, dtype: dtype)
    let field = SinkField(
      equilibria: c, hidden: 20, rate: 1, generator: generator, dtype: dtype)
    // Weights and rates far from those of the start.
    for parameter in field.parameters {
      parameter.assign(parameter.detached + generator.normal(parameter.shape, dtype: dtype))
    }
    return (field, c)
  }

  @Test(
    "The field is 0 at every equilibrium, whatever its weights",
    arguments: [(3, 2), (10, 64), (5, 3)], 0..<3 as Range<UInt64>)
  func zeros(_ size: (Int, Int), _ seed: UInt64) {
    let (field, c) = field(size.0, dimension: size.1, seed: seed)
    let scale = field(c + 0.5).norm(along: 1).max().item
    #expect(field(c).magnitude.max().item <= 1e-11 * scale && scale > 0.1)
    let (single, d) = self.field(size.0, dimension: size.1, seed: seed, dtype: .float32)
    #expect(single(d).magnitude.max().item <= 2e-5 * scale)
    let leaf = c.differentiable()
    let slope = gradient(of: field(leaf).squared.sum() + field(leaf).sum(), wrt: [leaf])[0]
    #expect(slope.isFinite.all().item == 1)
  }

  @Test("The field is its formula, and its derivatives are those of differences")
  func fieldFormula() {
    let (field, c) = field(3, dimension: 2, seed: 5)
    let tensors = field.state.tensors
    let h = RandomGenerator(seed: 6).normal([7, 2], deviation: 2, dtype: .float64)
    let (a, tau) = (tensors["log_rate"]!.exp, tensors["log_temperature"]!.exp)
    func drift(_ h: Tensor) -> Tensor {
      let hidden = h.linear(weight: tensors["0.weight"]!, bias: tensors["0.bias"]!).tanh
      let attention = (h.matmul(c.transposed) / tau).softmax(along: 1).matmul(c)
      return hidden.linear(weight: tensors["2.weight"]!) + (attention - h) * a
    }
    let inverse = (h.unsqueezed(1) - c.unsqueezed(0)).squared.sum(along: 2).reciprocal
    let weights = inverse / inverse.sum(along: 1, keeping: true)
    let expected = drift(h) - weights.matmul(drift(c))
    #expect(relativeError(field(h), expected) <= 1e-12)
    let leaf = h.differentiable()
    let seed = RandomGenerator(seed: 1).normal([7, 2], dtype: .float64)
    let slope = gradient(of: (field(leaf) * seed).sum(), wrt: [leaf])[0]
    let differences = centralDifferences(at: h) { (field($0) * seed).sum().item }
    #expect(relativeError(slope, differences) <= 1e-7)
  }

  // MARK: Losses

  @Test(
    "The input margin's loss has the derivatives of differences, in either form",
    arguments: InputMargin.Form.allCases)
  func inputMargin(form: InputMargin.Form) throws {
    let generator = RandomGenerator(seed: 2)
    let lyapunov = ConvexArchitectureKind.piacnn.lyapunov(seed: 2)
    let weight = generator.normal([4, 6], dtype: .float64)
    let second = generator.normal([4, 4], dtype: .float64)
    let images = generator.uniform([5, 6], dtype: .float64)
    let labels = int64([0, 1, 2, 3, 1])
    let margin = InputMargin(
      {
        var settings = InputMargin.Settings(weight: 1)
        settings.sharpness = 3
        (settings.form, settings.length) = (form, 1e-6)
        return settings
      }())
    func features(_ images: Tensor, _ weight: Tensor) -> Tensor {
      images.linear(weight: weight).tanh.linear(weight: second)
    }
    func evaluate(_ weight: Tensor, _ scale: Tensor) -> (loss: Tensor, margin: Tensor) {
      let leaf = images.differentiable()
      let v = LyapunovFunction(
        networks: lyapunov.networks, equilibria: lyapunov.equilibria, quadraticWeight: 0.05,
        learnedPart: .bregman(scale: scale, slopesAtOrigin: lyapunov.networks.slopesAtOrigin))
      return margin.evaluate(
        images: leaf, features: features(leaf, weight), lyapunov: v, labels: labels
      ) { features($0, weight) }
    }
    let (w, s) = (weight.differentiable(), Tensor([0.7]).differentiable())
    let slopes = gradient(of: evaluate(w, s).loss, wrt: [w, s])
    let byWeight = centralDifferences(at: weight) {
      evaluate($0.differentiable(), s.detached).loss.item
    }
    let byScale = centralDifferences(at: s.detached) {
      evaluate(weight.differentiable(), $0).loss.item
    }
    #expect(relativeError(slopes[0], byWeight) <= 1e-5)
    #expect(relativeError(slopes[1], byScale) <= 1e-5)

    // The value, with ∇q by differences.
    let v = LyapunovFunction(
      networks: lyapunov.networks, equilibria: lyapunov.equilibria, quadraticWeight: 0.05,
      learnedPart: .bregman(
        scale: Tensor([0.7]), slopesAtOrigin: lyapunov.networks.slopesAtOrigin))
    var expected = 0.0
    for (row, label) in labels.integers.enumerated() {
      func q(_ image: Tensor) -> Double {
        let values = v.values(at: features(image.reshaped([1, 6]), weight)).doubles
        let other = values.indices.filter { $0 != label }.map { values[$0] }.min()!
        return log(other) - log(values[label])
      }
      let slope = centralDifferences(at: images[row]) { q($0) }
      expected += q(images[row]) / slope.magnitude.sum().item / 5
    }
    #expect(abs(evaluate(w, s).margin.item - expected) <= 1e-6 * max(1, abs(expected)))
  }

  @Test(
    "Points of consistency lie where they should, are constants, and are a function of the seed")
  func points() throws {
    let (field, c) = field(3, dimension: 2, seed: 1)
    var settings = ConsistencyPoints.Settings(box: 7)
    (settings.trajectory, settings.segments, settings.rays, settings.rollouts) = (5, 6, 4, 9)
    settings.boxExtent = 0.25
    let states = RandomGenerator(seed: 1).normal([2, 10, 2], dtype: .float64).differentiable()
    func draw(_ seed: UInt64) throws -> Tensor {
      try ConsistencyPoints(settings).draw(
        from: states, equilibria: c, velocity: field.prepared(),
        generator: RandomGenerator(seed: seed))
    }
    let points = try draw(3)
    #expect(points.shape == [31, 2] && !points.requiresGradient)
    let (again, other) = (try draw(3), try draw(4))
    #expect(areIdentical(points, again) && !areIdentical(points, other))
    let rows = states.detached.reshaped([20, 2])
    func distance(_ point: Tensor, _ a: Tensor, _ b: Tensor) -> Double {
      let t = ((point - a) * (b - a)).sum().item / max((b - a).squared.sum().item, 1e-300)
      return (point - a - (b - a) * min(max(t, 0), 1)).norm.item
    }
    for index in 0..<5 {
      #expect((rows - points[index]).norm(along: 1).min().item == 0)
    }
    for index in 5..<11 {
      let least = (0..<20).flatMap { i in (0...i).map { distance(points[index], rows[i], rows[$0]) }
      }
      #expect(least.min()! <= 1e-14)
    }
    for index in 11..<15 {
      let least = (0..<20).flatMap { i in (0..<3).map { distance(points[index], rows[i], c[$0]) } }
      #expect(least.min()! <= 1e-14)
    }
    #expect(points.sliced(24..<31).magnitude.max().item <= 0.25)
    settings.rollouts = 0
    settings.box = 0
    #expect(try draw(3).shape == [15, 2])
  }

  // MARK: The method

  @Test("The learned part begins with the share that is set", arguments: [(0.5, 0.5), (0.05, 0.9)])
  func share(_ form: (delta: Double, share: Double)) throws {
    for input in [digitsInput, pointsInput] {
      let model = try build(input) {
        $0.lyapunov.quadraticWeight = form.delta
        $0.lyapunov.share = form.share
      }
      let v = model.trained().geometry!.lyapunov
      let classes = Array(0..<input.classCount)
      var (learned, all) = (0.0, 0.0)
      for i in classes {
        for j in classes where j != i {
          let half = (v.equilibria[i] + v.equilibria[j]) * 0.5
          let value = v.values(at: half.unsqueezed(0))[0].doubles[i]
          all += value
          learned += value - form.delta * (half - v.equilibria[i]).squared.sum().item
        }
      }
      #expect(abs(learned / all - form.share) <= 1e-9)
    }
  }

  @Test("The second phase trains the field alone, with the extractor in use")
  func phases() throws {
    let model = try build(pointsInput)
    #expect(model.phases.map(\.name) == ["model", "field"])
    let (images, labels) = batch(pointsInput)
    let objective = try model.objective(
      images: images.to(.float64), labels: labels,
      step: TrainingStep(seed: 0, epoch: 3, index: 40, phase: 1, progress: 0.1))
    #expect(objective.classification == nil && objective.terms.map(\.name) == ["con"])
    let entries = model.state.entries.filter(\.isParameter)
    let slopes = optionalGradient(of: objective.total, wrt: entries.map(\.tensor))
    for (entry, slope) in zip(entries, slopes) {
      #expect((slope != nil) == entry.name.hasPrefix("dynamics."), "\(entry.name)")
    }
    #expect(try build(pointsInput) { $0.alignment.share = 0 }.phases[1].share == 0)
  }

  @Test("Weights of 0 leave losses out")
  func weights() throws {
    let (images, labels) = batch(digitsInput)
    func terms(_ change: (inout ZubovCellMethod.Settings) -> Void) throws -> [String] {
      try build(digitsInput, change).objective(
        images: images.to(.float64), labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: 0)
      ).terms.map(\.name)
    }
    #expect(
      try terms { _ in } == ["cla", "fc", "con", "margin", "input_margin", "value_target"])
    #expect(
      try terms {
        $0.losses.consistency = 0
        $0.inputMargin.weight = 0
        $0.losses.separation = 1
      } == ["cla", "fc", "sep", "value_target"])
  }

  @Test("In use it prescribes cells, and can be attacked without its flow")
  func use() throws {
    for (method, input) in [("zubov-cell", digitsInput), ("zubov-net", pointsInput)] {
      let model =
        try method == "zubov-cell"
        ? build(input)
        : ZubovNetMethod.build(
          ZubovNetMethod.defaults(for: input), input: input, generator: RandomGenerator(seed: 0),
          dtype: .float64, device: .cpu)
      let trained = model.trained()
      #expect(trained.scoreFunctions.map(\.name) == ["logits", "-V"])
      let surrogate = try #require(trained.surrogateScores.first { $0.name == "at h(0)" })
      let images = batch(input).0.to(.float64).differentiable()
      let scores = try surrogate.scores(images)
      let geometry = try #require(trained.geometry)
      #expect(areIdentical(scores, -geometry.lyapunov.values(at: geometry.initialState(images))))
      #expect(gradient(of: scores.sum(), wrt: [images])[0].norm.item > 0)
    }
    let geometry = try #require(try build(digitsInput).trained().geometry)
    #expect(geometry.regions.cellSpeed == 2 && geometry.regions.level == 1)
    let c = geometry.lyapunov.equilibria
    #expect(geometry.velocity(c).magnitude.max().item <= 1e-12)
  }

  @Test("Settings that cannot be used are named")
  func errors() throws {
    func refused(_ change: (inout ZubovCellMethod.Settings) -> Void) -> String? {
      do {
        _ = try build(pointsInput, change)
        return nil
      } catch { return (error as? SettingsError)?.setting }
    }
    #expect(refused { _ in } == nil)
    #expect(refused { $0.speed = 0 } == "speed")
    #expect(refused { $0.lyapunov.share = 1 } == "lyapunov.share")
    #expect(refused { $0.lyapunov.quadraticWeight = -1 } == "lyapunov.quadraticWeight")
    #expect(refused { $0.lyapunov.sizes = [8, 2] } == "lyapunov.sizes")
    #expect(refused { $0.losses.margin = 1 } == "losses.margin")
    #expect(refused { $0.losses.consistency = .nan } == "losses.consistency")
    #expect(refused { $0.alignment.share = 1 } == "alignment.share")
    #expect(refused { $0.alignment.pointSets = 0 } == "alignment.pointSets")
    #expect(refused { $0.points.trajectory = 0 } == "points.trajectory")
    #expect(refused { $0.features.dimension = 1 } == "features.dimension")
    #expect(refused { $0.features.radius = -1 } == "features.radius")
    #expect(refused { $0.flow.horizon = 0 } == "flow.horizon")
    #expect(refused { $0.field.hidden = 0 } == "field.hidden")
  }
}
