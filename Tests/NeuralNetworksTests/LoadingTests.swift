import NeuralNetworks
import Tensors
import Testing

@Suite("Loading a module's state")
struct LoadingTests {
  struct Pair: Module {
    let layer = Linear(inputs: 2, outputs: 3, generator: RandomGenerator(seed: 0))
    let counts = Tensor([Int64(4)])
    var state: ModuleState {
      layer.state.prefixed("dynamics.0") + ModuleState(buffers: ["counts": counts])
    }
  }

  let module = Pair()

  /// Fitting tensors, different from the module's.
  var fitting: [String: Tensor] {
    [
      "dynamics.0.weight": Tensor([Float](repeating: 0.25, count: 6), shape: [3, 2]),
      "dynamics.0.bias": Tensor([Float](repeating: -1, count: 3)), "counts": Tensor([Int64(9)]),
    ]
  }

  func problems(_ tensors: [String: Tensor]) -> [ModuleStateError.Problem] {
    let before = SafeTensors(module.state.tensors).bytes
    do {
      try module.load(tensors, from: "model.safetensors")
      return []
    } catch {
      #expect(SafeTensors(module.state.tensors).bytes == before, "something was loaded")
      return error.problems
    }
  }

  @Test("What fits is loaded")
  func loads() throws {
    try module.load(fitting)
    #expect(module.layer.weight.doubles == [Double](repeating: 0.25, count: 6))
    #expect(module.counts.integers == [9])
    #expect(module.layer.weight.requiresGradient)
  }

  @Test("Missing and unexpected names are all listed, with the likely meaning")
  func names() {
    var tensors = fitting
    tensors["dynamics.0.wieght"] = tensors.removeValue(forKey: "dynamics.0.weight")
    tensors["module.dynamics.0.bias"] = tensors.removeValue(forKey: "dynamics.0.bias")
    tensors["quite.another"] = Tensor(0)
    #expect(
      problems(tensors) == [
        .missing("dynamics.0.weight"), .missing("dynamics.0.bias"),
        .unexpected("dynamics.0.wieght", similar: "dynamics.0.weight"),
        .unexpected("module.dynamics.0.bias", similar: "dynamics.0.bias"),
        .unexpected("quite.another", similar: nil),
      ])
  }

  @Test("A wrong shape names the tensor and both shapes")
  func shape() {
    var tensors = fitting
    tensors["dynamics.0.weight"] = tensors["dynamics.0.weight"]!.transposed
    #expect(
      problems(tensors) == [.wrongShape("dynamics.0.weight", expected: [3, 2], found: [2, 3])])
  }

  @Test("Numbers that are not finite are refused", arguments: [Float.nan, .infinity, -.infinity])
  func finite(value: Float) {
    var tensors = fitting
    tensors["dynamics.0.bias"] = Tensor([value, 0, value])
    #expect(problems(tensors) == [.notFinite("dynamics.0.bias", count: 2)])
  }

  @Test("Float64 is rounded to float32 unless it does not fit; other types are not converted")
  func types() throws {
    var tensors = fitting
    tensors["dynamics.0.bias"] = Tensor([0.1, 1, 2])
    try module.load(tensors)
    #expect(module.layer.bias!.scalars(as: Float.self) == [0.1, 1, 2])

    tensors["dynamics.0.bias"] = Tensor([1e300, 1, 2])
    #expect(problems(tensors) == [.notFinite("dynamics.0.bias", count: 1)])
    tensors["dynamics.0.bias"] = Tensor([Int64(1), 2, 3])
    tensors["counts"] = Tensor([Float(9)])
    #expect(
      problems(tensors) == [
        .wrongType("dynamics.0.bias", expected: .float32, found: .int64),
        .wrongType("counts", expected: .int64, found: .float32),
      ])
  }

  @Test("A feature extractor without fc has the identity for it, where it can be one")
  func withoutLinearLayer() throws {
    func network(_ features: Int, seed: Int) -> ResNet18 {
      ResNet18(featureCount: features, width: 2, generator: RandomGenerator(seed: UInt64(seed)))
    }
    struct Owner: Module {
      let network: ResNet18
      var state: ModuleState { network.state.prefixed("extractor") }
    }
    var tensors = Owner(network: network(16, seed: 1)).state.tensors
    let whole = tensors
    tensors["extractor.fc.weight"] = nil
    tensors["extractor.fc.bias"] = nil
    let square = network(16, seed: 2)
    try Owner(network: square).load(tensors)
    #expect(square.state.tensors["fc.weight"]!.doubles == Tensor.identity(16).doubles)
    #expect(square.state.tensors["fc.bias"]!.doubles == [Double](repeating: 0, count: 16))
    #expect(
      square.state.tensors["conv1.weight"]!.doubles == whole["extractor.conv1.weight"]!.doubles)

    func missing(_ features: Int, _ tensors: [String: Tensor]) -> Set<String> {
      do {
        try Owner(network: network(features, seed: 3)).load(tensors)
        return []
      } catch {
        return Set(
          error.problems.compactMap { if case .missing(let name) = $0 { name } else { nil } })
      }
    }
    // Of another size it is needed, half of it is damage, and nothing at all is no extractor.
    #expect(missing(8, tensors) == ["extractor.fc.weight", "extractor.fc.bias"])
    var half = whole
    half["extractor.fc.bias"] = nil
    #expect(missing(16, half) == ["extractor.fc.bias"])
    #expect(missing(16, [:]).contains("extractor.fc.weight"))
  }

  @Test("PyTorch's batch counters are ignored, and names may be allowed to differ")
  func allowances() throws {
    var tensors = fitting
    tensors["bn1.num_batches_tracked"] = Tensor([Int64(1)])
    try module.load(tensors)
    tensors["counts"] = nil
    tensors["extra"] = Tensor(1)
    #expect(problems(tensors).count == 2)
    try module.load(tensors, allowingMissing: true, allowingUnexpected: true)
    #expect(module.counts.integers == [9])
  }

  @Test("The error reads as a list with a remedy")
  func description() {
    let error = ModuleStateError(
      [
        .missing("a"), .unexpected("b", similar: "a"),
        .wrongShape("c", expected: [2], found: [3, 1]),
        .wrongType("d", expected: .float32, found: .bool), .notFinite("e", count: 1),
      ], source: "runs/x/model.safetensors")
    #expect(
      error.description == """
        runs/x/model.safetensors: the tensors do not fit the model:
          a: expected, but not there
          b: not a tensor of the model; did you mean a?
          c: expected shape [2], found [3, 1]
          d: expected float32, found bool
          e: 1 infinite or undefined number
        Nothing was loaded. Use the configuration that the file was saved with, or another file.
        """)
  }
}
