import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Optimizers")
struct OptimizerTests {
  /// A module of one parameter.
  struct Single: Module {
    let tensor: Tensor
    init(_ values: [Double]) { tensor = Tensor(values).differentiable() }
    var state: ModuleState { ModuleState(parameters: ["theta": tensor]) }
  }

  static let gradients: [[Double]] = [[0.5, -1], [0.1, 0.3], [-2, 0]]

  @Test(
    "Adam follows its equations with weight decay, which AdamW takes from the parameters",
    arguments: ["adam", "adamw"])
  func adam(_ name: String) throws {
    let module = Single([1, -2])
    let adam = try #require(
      OptimizerCatalog.optimizer(
        named: name, of: module.state, .init(learningRate: 0.1, weightDecay: 0.01)))
    let isDecoupled = name == "adamw"
    var (theta, m, v) = ([1.0, -2.0], [0.0, 0.0], [0.0, 0.0])
    var (decay1, decay2) = (1.0, 1.0)
    for gradient in Self.gradients {
      adam.step(gradients: [Tensor(gradient)])
      decay1 *= 0.9
      decay2 *= 0.999
      for i in 0..<2 {
        let g = gradient[i] + (isDecoupled ? 0 : 0.01 * theta[i])
        m[i] = 0.9 * m[i] + 0.1 * g
        v[i] = 0.999 * v[i] + 0.001 * g * g
        if isDecoupled { theta[i] *= 1 - 0.1 * 0.01 }
        theta[i] -= 0.1 * (m[i] / (1 - decay1)) / ((v[i] / (1 - decay2)).squareRoot() + 1e-8)
      }
      #expect(relativeError(module.tensor.doubles, theta) <= 1e-12)
    }
    let state = adam.state.tensors
    #expect(state["step"]?.item == 3)
    #expect(relativeError(state["theta.exp_avg"]!.doubles, m) <= 1e-12)
    #expect(relativeError(state["theta.exp_avg_sq"]!.doubles, v) <= 1e-12)
  }

  @Test("The first step of Adam is the learning rate against the gradient's sign")
  func adamFirstStep() {
    let module = Single([0, 0, 0])
    Adam(module.state, learningRate: 0.25).step(gradients: [Tensor([3.0, -0.001, 1e6])])
    #expect(relativeError(module.tensor.doubles, [-0.25, 0.25, -0.25]) <= 1e-4)
  }

  @Test("SGD follows its equations", arguments: [(0.0, false), (0.9, false), (0.9, true)])
  func sgd(momentum: Double, nesterov: Bool) {
    let module = Single([1, -2])
    let sgd = SGD(
      module.state, learningRate: 0.1, momentum: momentum, weightDecay: 0.01, nesterov: nesterov)
    var (theta, b) = ([1.0, -2.0], [0.0, 0.0])
    for gradient in Self.gradients {
      sgd.step(gradients: [Tensor(gradient)])
      for i in 0..<2 {
        let g = gradient[i] + 0.01 * theta[i]
        b[i] = momentum * b[i] + g
        theta[i] -= 0.1 * (nesterov ? g + momentum * b[i] : b[i])
      }
      #expect(relativeError(module.tensor.doubles, theta) <= 1e-14)
    }
    #expect(sgd.state.entries.count == (momentum == 0 ? 0 : 1))
  }

  @Test("A gradient's memory layout does not matter")
  func layouts() {
    let generator = RandomGenerator(seed: 5)
    let weight = generator.normal([3, 4, 3, 3])
    let gradient = generator.normal([3, 4, 3, 3])
    func trained(
      _ parameterLast: Bool, _ gradientLast: Bool, _ make: (ModuleState) -> any Optimizer
    ) -> [Double] {
      let parameter = (weight * 1).contiguous(channelsLast: parameterLast).differentiable()
      let optimizer = make(ModuleState(parameters: ["w": parameter]))
      for _ in 0..<2 {
        optimizer.step(gradients: [gradient.contiguous(channelsLast: gradientLast)])
      }
      return parameter.doubles + optimizer.state.entries.flatMap { $0.tensor.doubles }
    }
    for make in [
      { Adam($0) as any Optimizer }, { SGD($0, learningRate: 0.1, momentum: 0.9) as any Optimizer },
    ] {
      let expected = trained(false, false, make)
      for (a, b) in [(false, true), (true, false), (true, true)] {
        // Not bit for bit: another order in memory is rounded by other vector instructions.
        #expect(relativeError(trained(a, b, make), expected) <= 1e-6)
      }
    }
  }

  @Test(
    "An optimizer restored from bytes continues bit for bit",
    arguments: ["adam", "sgd"])
  func restoring(name: String) throws {
    func optimizer(_ module: Linear) -> any Optimizer {
      name == "adam"
        ? Adam(module.state) : SGD(module.state, learningRate: 0.1, momentum: 0.9)
    }
    func gradients(_ step: Int) -> [Tensor] {
      let generator = RandomGenerator(seed: UInt64(step))
      return [generator.normal([4, 3]), generator.normal([4])]
    }
    let first = Linear(inputs: 3, outputs: 4, generator: RandomGenerator(seed: 0))
    let uninterrupted = optimizer(first)
    for step in 0..<3 { uninterrupted.step(gradients: gradients(step)) }
    let model = SafeTensors(first.state.tensors).bytes
    let memory = SafeTensors(uninterrupted.state.tensors).bytes

    let second = Linear(inputs: 3, outputs: 4, generator: RandomGenerator(seed: 1))
    let resumed = optimizer(second)
    try second.load(SafeTensors(bytes: model).tensors)
    try resumed.load(SafeTensors(bytes: memory).tensors)
    for step in 3..<6 {
      uninterrupted.step(gradients: gradients(step))
      resumed.step(gradients: gradients(step))
    }
    #expect(SafeTensors(first.state.tensors).bytes == SafeTensors(second.state.tensors).bytes)
    #expect(
      SafeTensors(uninterrupted.state.tensors).bytes == SafeTensors(resumed.state.tensors).bytes)
  }

  @Test("Buffers are left alone")
  func buffers() {
    let norm = BatchNorm(channels: 2)
    let adam = Adam(norm.state, learningRate: 1)
    adam.step(gradients: [.ones([2]), .ones([2])])
    #expect(norm.runningMean.doubles == [0, 0] && norm.runningVariance.doubles == [1, 1])
    #expect(adam.state.entries.count == 5)
  }

  @Test("The multi-step schedule is factor^(milestones reached)")
  func schedule() {
    let schedule = MultiStepSchedule(milestones: [90, 120], factor: 0.1)
    #expect([0, 89].allSatisfy { schedule(epoch: $0) == 1 })
    #expect([90, 119].allSatisfy { schedule(epoch: $0) == 0.1 })
    #expect(abs(schedule(epoch: 120) - 0.01) < 1e-17)
    #expect(MultiStepSchedule(milestones: [])(epoch: 1000) == 1)
  }

  @Test("Clipping scales all gradients to the global norm, and only if it is larger")
  func clipping() {
    let gradients = [Tensor([3.0, 0]), Tensor([0.0, 4], shape: [2, 1])]
    let (scaled, norm) = clipped(gradients, toNorm: 1)
    #expect(norm.item == 5)
    #expect(relativeError(scaled[0].doubles + scaled[1].doubles, [0.6, 0, 0, 0.8]) < 1e-6)
    #expect(scaled[1].shape == [2, 1])
    #expect(clipped(gradients, toNorm: 10).gradients.flatMap(\.doubles) == [3, 0, 0, 4])
  }
}
