import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import Testing

/// Names and layouts are those of the shared state dict.
@Suite("State names")
struct StateNameTests {
  private static let extractor: [(String, [Int])] = [
    ("extractor.conv1.weight", [32, 1, 3, 3]), ("extractor.conv1.bias", [32]),
    ("extractor.conv2.weight", [64, 32, 3, 3]), ("extractor.conv2.bias", [64]),
    ("extractor.conv3.weight", [64, 64, 3, 3]), ("extractor.conv3.bias", [64]),
  ]
  private static let backbone =
    extractor + [
      ("extractor.fc.weight", [64, 256]), ("extractor.fc.bias", [64]),
      ("dynamics.0.weight", [256, 64]), ("dynamics.0.bias", [256]),
      ("dynamics.2.weight", [64, 256]), ("dynamics.2.bias", [64]),
    ]

  /// Three layers [24, 16, 1] with contexts [20, 12] on d = 64.
  private static let gated: [(String, [Int])] = [
    ("z.0.weight", [24, 64]), ("x.0.weight", [24, 64]),
    ("zu.0.weight", [64, 64]), ("zu.0.bias", [64]), ("xu.0.weight", [64, 64]), ("xu.0.bias", [64]),
    ("u.0.weight", [24, 64]), ("u.0.bias", [24]), ("ut.0.weight", [20, 64]), ("ut.0.bias", [20]),
    ("z.1.weight", [16, 24]), ("x.1.weight", [16, 64]),
    ("zu.1.weight", [24, 20]), ("zu.1.bias", [24]), ("xu.1.weight", [64, 20]), ("xu.1.bias", [64]),
    ("u.1.weight", [16, 20]), ("u.1.bias", [16]), ("ut.1.weight", [12, 20]), ("ut.1.bias", [12]),
    ("z.2.weight", [1, 16]), ("x.2.weight", [1, 64]),
    ("zu.2.weight", [16, 12]), ("zu.2.bias", [16]), ("xu.2.weight", [64, 12]), ("xu.2.bias", [64]),
    ("u.2.weight", [1, 12]), ("u.2.bias", [1]),
  ].map { ("lyapunov.\($0)", $1) }

  private static let separate: [(String, [Int])] = [
    ("z.0", [10, 24, 64]), ("x.0", [10, 24, 64]), ("b.0", [10, 24]),
    ("z.1", [10, 16, 24]), ("x.1", [10, 16, 64]), ("b.1", [10, 16]),
    ("z.2", [10, 1, 16]), ("x.2", [10, 1, 64]), ("b.2", [10, 1]),
  ].map { ("lyapunov.\($0)", $1) }

  private func shapes(_ state: ModuleState) -> [String: [Int]] { state.tensors.mapValues(\.shape) }

  private func zubov(
    _ kind: ConvexArchitectureKind, head: ZubovNetMethod.Settings.Head = .tied
  ) throws -> ModuleState {
    var settings = ZubovNetMethod.defaults(for: digitsInput)
    settings.lyapunov.architecture = kind
    settings.lyapunov.sizes = [24, 16, 1]
    settings.lyapunov.contextSizes = [20, 12]
    settings.losses.auxiliaryHead = head
    return try ZubovNetMethod.build(
      settings, input: digitsInput, generator: RandomGenerator(seed: 0), dtype: .float32,
      device: .cpu
    ).state
  }

  private func expected(_ parts: [(String, [Int])]...) -> [String: [Int]] {
    Dictionary(uniqueKeysWithValues: parts.joined().map { ($0.0, $0.1) })
  }

  @Test("Zubov-Net's with gates", arguments: [ConvexArchitectureKind.piacnn, .picnn])
  func gates(_ kind: ConvexArchitectureKind) throws {
    let state = try zubov(kind)
    #expect(shapes(state) == expected(Self.backbone, Self.gated, [("equilibria", [10, 64])]))
    #expect(state.entries.filter { !$0.isParameter }.map(\.name) == ["equilibria"])
  }

  @Test("Zubov-Net's with a network for each class, and a free head")
  func separate() throws {
    let state = try zubov(.icnn, head: .free)
    #expect(
      shapes(state)
        == expected(
          Self.backbone, Self.separate, [("equilibria", [10, 64]), ("head.weight", [10, 64])]))
    #expect(state.entries.first { $0.name == "head.weight" }?.isParameter == true)
  }

  @Test("The Neural ODE's and the discrete baseline's")
  func others() throws {
    func state(_ name: String) throws -> [String: [Int]] {
      shapes(try BuiltMethod.all.first { $0.name == name }!.build(digitsInput, 0).state)
    }
    #expect(try state("neural-ode") == expected(Self.backbone, [("head.weight", [10, 64])]))
    #expect(
      try state("resnet18")
        == expected(
          Self.extractor, [("extractor.fc.weight", [10, 256]), ("extractor.fc.bias", [10])]))
  }

  @Test("Points have an extractor of linear layers")
  func points() throws {
    let state = try BuiltMethod.all.first { $0.name == "zubov-net" }!.build(pointsInput, 0).state
    let names = state.entries.map(\.name)
    for (name, shape) in [
      ("extractor.0.weight", [64, 2]), ("extractor.2.weight", [64, 64]),
      ("extractor.4.weight", [2, 64]), ("dynamics.0.weight", [64, 2]), ("equilibria", [3, 2]),
      ("lyapunov.z.0.weight", [32, 2]), ("lyapunov.z.2.weight", [1, 32]),
    ] { #expect(state.tensors[name]?.shape == shape, "\(name)") }
    #expect(Set(names).count == names.count)
  }

  @Test("The paper's preset has 11.6 million parameters for 32 x 32 images")
  func paper() throws {
    let input = ModelInput(shape: [3, 32, 32], classCount: 10)
    let model = try BuiltMethod.all.first { $0.name == "zubov-net" }!.build(input, 0)
    #expect(model.state.tensors["extractor.fc.weight"]?.shape == [256, 512])
    #expect(model.state.tensors["lyapunov.z.0.weight"]?.shape == [256, 256])
    #expect(model.state.tensors["lyapunov.z.1.weight"]?.shape == [1, 256])
    let share = Double(model.parameterCount) / 1e6
    #expect(abs(share - 11.8) < 0.3, "\(share)")
  }
}
