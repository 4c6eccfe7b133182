import Methods
import NeuralNetworks
import Runs
import SparseRecovery
import Tensors
import Testing
import Training

/// Every method that names its hidden units, made smaller.
@Suite("Smaller models")
struct SmallerModelTests {
  static let cases = [
    ("lenet", "digits", ""), ("lenet", "mnist", "model.architecture=lenet-5"),
    ("resnet18", "digits", ""), ("neural-ode", "digits", ""), ("anode", "digits", ""),
    ("tisode", "digits", ""), ("proj-node", "digits", ""), ("zubov-net", "digits", ""),
    ("zubov-net", "toy-2d", "model.backbone.activation=relu"),
  ]

  @Test("give the masked one's outputs, and their configuration describes them", arguments: cases)
  func outputs(_ method: String, _ data: String, _ setting: String) throws {
    let settings =
      ["method=\(method)", "data.name=\(data)", "precision=float64"]
      + (setting.isEmpty ? [] : [setting])
    let configuration = try Configuration.resolved(
      settings.flatMap { try ConfigurationOverride.setting($0) })
    let input = try configuration.data.card.modelInput
    let model = try configuration.freshModel(for: input, on: .cpu)
    let units = model.hiddenUnits
    #expect(!units.isEmpty)
    for group in units { silenceThird(of: group, in: model.state) }
    let removal = UnitRemoval(of: model.state, hiddenUnits: units)
    for group in removal.counts {
      #expect(group.after < group.before && group.after > 1, "\(group.units.source)")
    }
    let smaller = try configuration.applying(removal.overrides)
    let small = try smaller.freshModel(for: input, on: .cpu)
    try small.load(removal.tensors)
    #expect(small.parameterCount < model.parameterCount)
    let images = RandomGenerator(seed: 3).uniform([6] + input.shape, dtype: .float64)
    let outputs = try withoutGradients {
      try [model, small].map { try $0.trained().logits(images) }
    }
    #expect((outputs[0] - outputs[1]).magnitude.max().item < 1e-8)
    // It can be made smaller again, and its configuration reads back.
    #expect(small.hiddenUnits.map(\.source) == units.map(\.source))
    #expect(
      try Configuration.resolved(ConfigurationOverride.yaml(smaller.yaml, source: "yaml"))
        == smaller)
  }

  /// Half of a third are read by nothing, the other half make nothing.
  private func silenceThird(of units: HiddenUnits, in state: ModuleState) {
    let tensors = state.tensors
    let (weight, reader) = (
      tensors["\(units.source).weight"]!, tensors["\(units.reader).weight"]!
    )
    let count = weight.shape[0]
    func kept(_ remainder: Int) -> Tensor {
      Tensor((0..<count).map { $0 % 6 == remainder ? 0.0 : 1 })
    }
    let rows = weight.detached.reshaped([count, -1]) * kept(1).reshaped([-1, 1])
    weight.assign(rows.reshaped(weight.shape))
    let columns =
      reader.detached.reshaped([reader.shape[0], count, -1]) * kept(4).reshaped([1, -1, 1])
    reader.assign(columns.reshaped(reader.shape))
  }

  @Test("Penalties leave Lyapunov networks, biases and an orthogonal head alone")
  func weights() throws {
    func names(_ method: String) throws -> Set<String> {
      let configuration = try Configuration.defaults(method: method, data: "digits")
      let model = try configuration.freshModel(
        for: configuration.data.card.modelInput, on: .cpu)
      return Set(
        PenalizedWeight.all(of: model.state, constrained: model.constrainedParts).map(\.name))
    }
    let backbone: Set = [
      "extractor.conv1.weight", "extractor.conv2.weight", "extractor.conv3.weight",
      "extractor.fc.weight", "dynamics.0.weight", "dynamics.2.weight",
    ]
    #expect(try names("zubov-net") == backbone)
    #expect(try names("proj-node") == backbone)
    #expect(try names("neural-ode") == backbone.union(["head.weight"]))
    #expect(try names("lenet") == ["fc1.weight", "fc2.weight", "fc3.weight"])
    for method in MethodCatalog.all {
      let found = try names(method.name)
      #expect(!found.isEmpty, "\(method.name)")
      let isFree = found.allSatisfy { $0.hasSuffix(".weight") && !$0.hasPrefix("lyapunov") }
      #expect(isFree, "\(method.name)")
    }
  }
}
