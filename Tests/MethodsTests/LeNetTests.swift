import Methods
import NeuralNetworks
import Settings
import Tensors
import Testing

@Suite("LeNet")
struct LeNetTests {
  private let input = ModelInput(shape: [1, 28, 28], classCount: 10)

  private func model(
    _ architecture: LeNetMethod.Architecture, widths: [Int]? = nil, _ input: ModelInput? = nil
  ) throws -> any TrainableClassifier {
    let input = input ?? self.input
    var settings = LeNetMethod.defaults(for: input)
    settings.architecture = architecture
    settings.widths = widths
    return try LeNetMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 1), dtype: .float64, device: .cpu)
  }

  /// 784·300 + 300 + 300·100 + 100 + 100·10 + 10, and 20·26 + 50·501 + 500·801 + 10·501.
  @Test("The networks have their published sizes")
  func sizes() throws {
    #expect(try model(.dense).parameterCount == 266_610)
    #expect(try model(.convolutional).parameterCount == 431_080)
    #expect(
      try model(.convolutional).state.entries.map(\.name) == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
        "fc2.weight", "fc2.bias",
      ])
    let small = try model(.convolutional, widths: [3, 4, 5])
    #expect(small.state.tensors["fc1.weight"]?.shape == [5, 4 * 16])
  }

  @Test("Logits are those of the layers written out")
  func logits() throws {
    let x = RandomGenerator(seed: 2).uniform([3, 1, 28, 28], dtype: .float64)
    let dense = try model(.dense)
    let d = dense.state.tensors
    func linear(_ x: Tensor, _ name: String, _ tensors: [String: Tensor]) -> Tensor {
      x.matmul(tensors["\(name).weight"]!.transposed) + tensors["\(name).bias"]!
    }
    let hidden = linear(linear(x.flattened(from: 1), "fc1", d).relu, "fc2", d).relu
    let expected = linear(hidden, "fc3", d)
    #expect((try dense.trained().logits(x) - expected).magnitude.max().item < 1e-12)

    let convolutional = try model(.convolutional)
    let c = convolutional.state.tensors
    func stage(_ x: Tensor, _ name: String) -> Tensor {
      // The maximum of 2 x 2 pixels, over axes of their own.
      let maps = x.convolved(weight: c["\(name).weight"]!, bias: c["\(name).bias"]!).relu
      let s = maps.shape
      return maps.reshaped([s[0], s[1], s[2] / 2, 2, s[3] / 2, 2]).max(along: 3, 5)
    }
    let maps = stage(stage(x, "conv1"), "conv2").flattened(from: 1)
    let scores = linear(linear(maps, "fc1", c).relu, "fc2", c)
    #expect((try convolutional.trained().logits(x) - scores).magnitude.max().item < 1e-12)
  }

  @Test("Settings that do not fit are refused")
  func errors() throws {
    for (architecture, widths, shape, setting) in [
      (LeNetMethod.Architecture.dense, [300] as [Int]?, [1, 28, 28], "widths"),
      (.convolutional, [20, 50, 0], [1, 28, 28], "widths"),
      (.convolutional, nil, [1, 8, 8], "architecture"), (.convolutional, nil, [2], "architecture"),
    ] {
      #expect {
        _ = try model(architecture, widths: widths, ModelInput(shape: shape, classCount: 3))
      } throws: {
        ($0 as? SettingsError)?.setting == setting
      }
    }
  }
}
