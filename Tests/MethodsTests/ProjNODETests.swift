import DifferentialEquations
import DynamicsTestSupport
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Proj-NODE")
struct ProjNODETests {
  private let dimension = 5

  private func network(_ seed: UInt64, _ dtype: DType = .float64) -> ScalarConvexNetwork {
    ScalarConvexNetwork(
      dimension: dimension, sizes: [9, 7, 1], generator: RandomGenerator(seed: seed), dtype: dtype)
  }

  private func lyapunov(_ seed: UInt64, _ dtype: DType = .float64) -> OriginLyapunov {
    OriginLyapunov(network: network(seed, dtype), quadraticWeight: 0.01, smoothing: 0.1)
  }

  private func states(
    _ count: Int, _ seed: UInt64, _ dtype: DType = .float64, deviation: Double = 2
  ) -> Tensor {
    RandomGenerator(seed: seed, keys: 5).normal(
      [count, dimension], deviation: deviation, dtype: dtype)
  }

  /// g from recorded operations alone, differentiable any number of times: [N].
  private func plainNetwork(_ network: ScalarConvexNetwork, at h: Tensor) -> Tensor {
    let tensors = network.state.tensors
    var z: Tensor?
    for k in 0..<3 {
      var a = h.linear(weight: tensors["x.\(k).weight"]!, bias: tensors["x.\(k).bias"]!)
      if let below = z { a = a + below.linear(weight: tensors["z.\(k).weight"]!) }
      z = plainSoftplus(a)
    }
    return z!.squeezed(1)
  }

  /// V from recorded operations alone: [N].
  private func plainValues(_ lyapunov: OriginLyapunov, at h: Tensor) -> Tensor {
    let t =
      plainNetwork(lyapunov.network, at: h)
      - plainNetwork(lyapunov.network, at: .zeros([1, dimension], dtype: h.dtype))
    let w = lyapunov.smoothing
    let parabola = Tensor.select(t .> 0, t.squared / (2 * w), t * 0)
    return Tensor.select(t .>= w, t - w / 2, parabola)
      + h.squared.sum(along: 1) * lyapunov.quadraticWeight
  }

  @Test(
    "g, ∇g and the derivatives of both are those of automatic differentiation", arguments: 0..<3)
  func network(_ seed: Int) {
    let network = network(UInt64(seed))
    let h = states(11, UInt64(seed)).differentiable()
    let generator = RandomGenerator(seed: UInt64(seed), keys: 6)
    let r = generator.normal([11, 1], dtype: .float64)
    let u = generator.normal([11, dimension], dtype: .float64)
    let (values, gradients) = network.risesAndGradients(at: h, above: network.origin)
    let plain = plainNetwork(network, at: h) - plainNetwork(network, at: h * 0)
    let slope = gradient(of: plain.sum(), wrt: [h], recording: true)[0]
    #expect(largestDifference(values.squeezed(1), plain) < 1e-14)
    #expect(largestDifference(gradients, slope) < 1e-14)

    let inputs = [h] + network.parameters
    #expect(inputs.count == 9)
    let found = gradient(of: (values * r).sum() + (gradients * u).sum(), wrt: inputs)
    let expected = gradient(
      of: (plain * r.squeezed(1)).sum() + (slope * u).sum(), wrt: inputs)
    for (a, b) in zip(found, expected) {
      #expect(b.norm.item > 0)
      #expect(relativeError(a, b) < 1e-13)
    }
  }

  @Test(
    "V and ∇V are exactly 0 at the origin, alone or among others, whatever the weights",
    arguments: [DType.float32, .float64], [1, 2, 5, 64, 256])
  func equilibrium(_ dtype: DType, _ dimension: Int) {
    for seed in 0..<(dimension < 64 ? 50 : 8) as Range<UInt64> {
      let network = ScalarConvexNetwork(
        dimension: dimension, sizes: [dimension + 3, 7, 1],
        generator: RandomGenerator(seed: seed), dtype: dtype)
      for parameter in network.parameters {
        let noise = RandomGenerator(seed: seed, keys: 7).normal(parameter.shape, dtype: dtype)
        parameter.assign(parameter.detached + noise)
      }
      network.restoreConvexity()
      let lyapunov = OriginLyapunov(network: network, quadraticWeight: 0.01, smoothing: 0.1)
      for count in [1, 2, 33] {
        let others = RandomGenerator(seed: seed).normal([count, dimension], dtype: dtype)
        for place in Set([0, count - 1]) {
          let h = others.replacing(
            at: Tensor([Int64(place)]), with: .zeros([1, dimension], dtype: dtype))
          let (values, gradients) = lyapunov.valuesAndGradients(at: h)
          #expect(values[place].item == 0)
          #expect(gradients[place].magnitude.max().item == 0)
        }
      }
    }
  }

  @Test("Next to the origin float32 has V to its own size", arguments: 0..<5 as Range<UInt64>)
  func nextToEquilibrium(_ seed: UInt64) {
    let (single, double) = (lyapunov(seed, .float32), lyapunov(seed, .float64))
    for (a, b) in zip(double.network.parameters, single.network.parameters) {
      a.assign(b.detached.to(.float64))
    }
    let exact = OriginLyapunov(network: double.network, quadraticWeight: 0.01, smoothing: 0.1)
    for length in [1e-2, 1e-4, 1e-6] {
      let h = states(40, seed, .float32, deviation: length)
      let (values, gradients) = single.valuesAndGradients(at: h)
      let (expected, slopes) = exact.valuesAndGradients(at: h.to(.float64))
      #expect(relativeError(values.to(.float64), expected) < 1e-5)
      #expect(relativeError(gradients.to(.float64), slopes) < 1e-5)
    }
  }

  @Test("V and ∇V are the formula's; V ≥ ε|h|², and V is convex", arguments: 0..<5)
  func lyapunov(_ seed: Int) {
    let seed = UInt64(seed)
    let network = network(seed)
    // Anywhere an optimizer may take it: V(0) stays 0, and clamping restores convexity.
    for parameter in network.parameters {
      let noise = RandomGenerator(seed: seed, keys: 7).normal(parameter.shape, dtype: .float64)
      parameter.assign(parameter.detached + noise * 0.5)
    }
    network.restoreConvexity()
    let lyapunov = OriginLyapunov(network: network, quadraticWeight: 0.01, smoothing: 0.1)
    let h = states(200, seed).differentiable()
    let (values, gradients) = lyapunov.valuesAndGradients(at: h)
    let plain = plainValues(lyapunov, at: h)
    #expect(largestDifference(values.squeezed(1), plain) < 1e-12)
    #expect(largestDifference(gradients, gradient(of: plain.sum(), wrt: [h])[0]) < 1e-12)

    #expect((values.squeezed(1) - h.squared.sum(along: 1) * 0.01).min().item >= 0)
    let (a, b) = (states(200, seed &+ 100), states(200, seed &+ 200, deviation: 0.5))
    func value(_ h: Tensor) -> Tensor { lyapunov.valuesAndGradients(at: h).values }
    let gap = (value(a) + value(b)) * 0.5 - value((a + b) * 0.5)
    #expect(gap.min().item >= -1e-13)
  }

  @Test(
    "V falls along the projected field, which is f̂ where that falls fast enough",
    arguments: [(DType.float64, 1e-13), (.float32, 1e-5)], 0..<5)
  func projection(_ precision: (dtype: DType, tolerance: Double), _ seed: Int) {
    let seed = UInt64(seed)
    for rate in [0.01, 0.1] {
      let field = ProjectedField(
        nominal: TanhField(
          dimension: dimension, hidden: 12, generator: RandomGenerator(seed: seed, keys: 1),
          dtype: precision.dtype),
        lyapunov: lyapunov(seed, precision.dtype), rate: rate)
      let h = states(300, seed, precision.dtype)
      let (value, slope) = field.lyapunov.valuesAndGradients(at: h)
      func excess(_ velocity: Tensor) -> Tensor {
        (slope * velocity).sum(along: 1, keeping: true) + value * rate
      }
      let (projected, nominal) = (field(h), field.nominal(h))
      #expect(excess(projected).max().item <= precision.tolerance)
      let isFree = excess(nominal) .<= 0
      let free = isFree.to(.float64).sum().item
      #expect(free > 0 && free < 300)
      let difference = (projected - nominal).magnitude.max(along: 1, keeping: true)
      #expect(Tensor.select(isFree, difference, difference * 0).max().item == 0)
      // The others lie on the edge of what is allowed: the correction is no longer than needed.
      let edge = excess(projected).magnitude
      #expect(Tensor.select(isFree, edge * 0, edge).max().item <= precision.tolerance)
    }
  }

  @Test(
    "Under a speed limit V falls as fast, f̂ climbs more slowly than that, and what does not climb stays",
    arguments: [0.1, 2.0, 1e9], 0..<3)
  func speedLimit(_ limit: Double, _ seed: Int) {
    let seed = UInt64(seed)
    let nominal = TanhField(
      dimension: dimension, hidden: 12, generator: RandomGenerator(seed: seed, keys: 1),
      dtype: .float64)
    let free = ProjectedField(nominal: nominal, lyapunov: lyapunov(seed), rate: 0.1)
    let limited = ProjectedField(
      nominal: nominal, lyapunov: free.lyapunov, rate: 0.1, speedLimit: limit)
    let h = states(300, seed)
    let (value, slope) = free.lyapunov.valuesAndGradients(at: h)
    let steepness = slope.squared.sum(along: 1, keeping: true).squareRoot
    let velocity = limited(h)
    #expect(((slope * velocity).sum(along: 1, keeping: true) + value * 0.1).max().item <= 1e-12)

    let climb = (slope * nominal(h)).sum(along: 1, keeping: true) / steepness
    let isDescending = (climb .<= 0).to(.float64)
    #expect(isDescending.sum().item > 0 && isDescending.sum().item < 300)
    #expect(largestDifference(velocity * isDescending, free(h) * isDescending) == 0)
    // By the formula: the nearest vector to f̂ slowed down.
    let slowed = nominal(h) / (climb.relu / limit + 1)
    #expect(((slope * slowed).sum(along: 1, keeping: true) / steepness).max().item < limit)
    let excess = ((slope * slowed).sum(along: 1, keeping: true) + value * 0.1).relu
    #expect(
      largestDifference(velocity, slowed - slope * (excess / steepness.squared)) < 1e-12)
    if limit > 1e6 { #expect(largestDifference(velocity, free(h)) < 1e-6) }
  }

  @Test("Derivatives stay finite however low the speed limit", arguments: [1e-3, 1e-20, 1e-30])
  func lowSpeedLimit(_ limit: Double) {
    let field = ProjectedField(
      nominal: TanhField(
        dimension: dimension, hidden: 12, generator: RandomGenerator(seed: 1), dtype: .float32),
      lyapunov: lyapunov(2, .float32), rate: 0.01, speedLimit: limit)
    let h = states(300, 4).to(.float32).differentiable()
    let slope = gradient(of: withGradients { field(h).squared.sum() }, wrt: [h])[0]
    #expect(slope.isFinite.all().item == 1)
  }

  @Test(
    "At zero gradient there is no correction, and derivatives are finite",
    arguments: [DType.float64, .float32])
  func origin(_ dtype: DType) {
    let field = ProjectedField(
      nominal: TanhField(
        dimension: dimension, hidden: 12, generator: RandomGenerator(seed: 1), dtype: dtype),
      lyapunov: lyapunov(2, dtype), rate: 0.01)
    // The origin, and states around it down to the smallest numbers.
    let direction = RandomGenerator(seed: 3).normal([1, dimension], dtype: dtype)
    let scales = [0, 1e-30, 1e-20, 1e-10, 1e-6, 1e-4, 1e-2]
    let h = Tensor.concatenated(scales.map { direction * $0 }).differentiable()
    let velocity = field(h)
    #expect(areIdentical(velocity[0], field.nominal(h)[0]))
    let slopes = gradient(
      of: velocity.squared.sum(),
      wrt: [h] + field.nominal.parameters
        + field.lyapunov.network.parameters)
    for slope in [velocity] + slopes { #expect(slope.isFinite.all().item == 1) }
  }

  @Test("The derivative of the projected field is what central differences find")
  func derivative() {
    let field = ProjectedField(
      nominal: TanhField(
        dimension: dimension, hidden: 12, generator: RandomGenerator(seed: 1), dtype: .float64),
      lyapunov: lyapunov(4), rate: 0.5)
    let h = states(6, 4)
    let upstream = RandomGenerator(seed: 8).normal([6, dimension], dtype: .float64)
    let leaf = h.differentiable()
    let found = gradient(of: field(leaf), wrt: [leaf], seed: upstream)[0]
    let expected = centralDifferences(at: h) { (field($0) * upstream).sum().item }
    #expect(relativeError(found, expected) < 1e-7)
  }

  private func model(
    _ input: ModelInput, dtype: DType = .float64,
    _ change: (inout ProjNODEMethod.Settings) -> Void = { _ in }
  ) throws -> any TrainableClassifier {
    var settings = ProjNODEMethod.defaults(for: input)
    change(&settings)
    return try ProjNODEMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 1), dtype: dtype, device: .cpu)
  }

  @Test("The gradient of the loss in all parameters is what central differences find")
  func loss() throws {
    let model = try model(pointsInput) {
      $0.backbone.hidden = 6
      $0.backbone.flow.solver = .rk4
      $0.backbone.flow.intervals = 3
      $0.lyapunov.sizes = [5, 4, 1]
      // Corrections everywhere, so that no number is far below the others.
      $0.lyapunov.rate = 3
    }
    let (points, labels) = batch(pointsInput)
    let step = TrainingStep(seed: 0, epoch: 0, index: 0)
    func loss() throws -> Tensor {
      try model.objective(images: points.to(.float64), labels: labels, step: step).total
    }
    let slopes = gradient(of: try loss(), wrt: model.parameters)
    let generator = RandomGenerator(seed: 9)
    for (entry, slope) in zip(model.state.entries, slopes) {
      #expect(slope.norm.item > 0, "\(entry.name)")
      let center = entry.tensor.detached + 0
      for _ in 0..<4 {
        let direction = generator.normal(center.shape, dtype: .float64)
        let difference = try [1e-6, -1e-6].map { offset in
          entry.tensor.assign(center + direction * offset)
          return try loss().item
        }
        let expected = (difference[0] - difference[1]) / 2e-6
        let bound = 1e-7 * max(1, abs(expected))
        #expect(abs((slope * direction).sum().item - expected) < bound, "\(entry.name)")
      }
      entry.tensor.assign(center)
    }
  }

  @Test(
    "Along solutions V grows by no more than the solver's error, which its tolerance bounds",
    arguments: 0..<3)
  func trajectory(_ seed: Int) throws {
    let seed = UInt64(seed)
    let field = ProjectedField(
      nominal: TanhField(
        dimension: dimension, hidden: 12, generator: RandomGenerator(seed: seed, keys: 2),
        dtype: .float64),
      lyapunov: lyapunov(seed), rate: 0.01)
    let initial = states(20, seed)
    let times = (0...40).map { Double($0) / 10 }
    /// The most that e^{at} V grows over its first value.
    func growth(of velocity: @escaping (Tensor) -> Tensor, tolerance: Double) throws -> Double {
      let states = try solve(
        velocity, from: initial, at: times, steps: .adaptive(tolerance, norm: .perSample)
      ).states
      let values = times.indices.map { index in
        field.lyapunov.valuesAndGradients(at: states[index]).values * exp(0.01 * times[index])
      }
      return values.map { ($0 - values[0]).max().item }.max()!
    }
    let coarse = try growth(of: { field($0) }, tolerance: 1e-2)
    let fine = try growth(of: { field($0) }, tolerance: 1e-6)
    #expect(coarse <= 1)
    #expect(fine <= coarse / 1000)
    #expect(try growth(of: { field.nominal($0) }, tolerance: 1e-6) > 0.3)
  }

  @Test("With ResNet-18 and 256 dimensions it has the comparison's 11.632 million parameters")
  func parameterCount() throws {
    let model = try model(ModelInput(shape: [3, 32, 32], classCount: 10), dtype: .float32)
    #expect(model.parameterCount == 11_631_937)
  }

  @Test(
    "The orthogonal head's rows (columns for more classes) stay orthonormal",
    arguments: [(DType.float64, 1e-13), (.float32, 1e-5)])
  func head(_ precision: (dtype: DType, tolerance: Double)) throws {
    for input in [digitsInput, pointsInput] {
      let model = try model(input, dtype: precision.dtype)
      let head = model.state.tensors["head.weight"]!
      func defect() -> Double {
        let a = head.shape[0] <= head.shape[1] ? head.detached : head.detached.transposed
        let identity = Tensor.identity(a.shape[0], dtype: precision.dtype)
        return largestDifference(a.matmul(a.transposed), identity)
      }
      #expect(defect() < precision.tolerance)
      let noise = RandomGenerator(seed: 2).normal(head.shape, dtype: precision.dtype)
      head.assign(head.detached + noise * 0.02)
      #expect(defect() > 1e-2)
      model.restoreConstraints()
      #expect(defect() < precision.tolerance)
      #expect(model.state.tensors["lyapunov.z.1.weight"]!.min().item >= 0)
    }
  }

  @Test("Restoring constraints makes the convex network's hidden weights non-negative")
  func constraints() throws {
    let model = try model(digitsInput) { $0.head = .linear }
    let tensors = model.state.tensors
    let head = tensors["head.weight"]!.bytes
    for (name, tensor) in tensors where name.hasPrefix("lyapunov") {
      tensor.assign(tensor.detached - 0.1)
    }
    model.restoreConstraints()
    for (name, tensor) in tensors where name.hasPrefix("lyapunov") {
      #expect((tensor.min().item >= 0) == name.hasPrefix("lyapunov.z."), "\(name)")
    }
    #expect(tensors["head.weight"]!.bytes == head)
  }

  @Test("Refusals name the setting")
  func refusals() {
    func setting(_ change: (inout ProjNODEMethod.Settings) -> Void) -> String? {
      do {
        _ = try model(pointsInput, change)
        return nil
      } catch { return (error as? SettingsError)?.setting }
    }
    #expect(setting { $0.lyapunov.sizes = [4, 2] } == "lyapunov.sizes")
    #expect(setting { $0.lyapunov.sizes = [] } == "lyapunov.sizes")
    #expect(setting { $0.lyapunov.sizes = [0, 1] } == "lyapunov.sizes")
    #expect(setting { $0.lyapunov.quadraticWeight = 0 } == "lyapunov.quadraticWeight")
    #expect(setting { $0.lyapunov.smoothing = -1 } == "lyapunov.smoothing")
    #expect(setting { $0.lyapunov.rate = -0.1 } == "lyapunov.rate")
    #expect(setting { $0.backbone.flow.horizon = 0 } == "backbone.flow.horizon")
    #expect(setting { $0.head = .linear } == nil)
  }
}
