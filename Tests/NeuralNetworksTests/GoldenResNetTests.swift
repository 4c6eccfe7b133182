import Foundation
import NeuralNetworks
import Tensors
import Testing

@Suite("ResNet-18 against the PyTorch reference")
struct GoldenResNetTests {
  struct Precision: Sendable, CustomTestStringConvertible {
    let dtype: DType
    let suffix: String
    let valueTolerance, gradientTolerance: Double
    var testDescription: String { suffix }
  }

  static let precisions = [
    Precision(dtype: .float32, suffix: "f32", valueTolerance: 1e-4, gradientTolerance: 1e-3),
    Precision(dtype: .float64, suffix: "f64", valueTolerance: 1e-9, gradientTolerance: 1e-7),
  ]

  /// sin(0.37 i + k) √(2 / fanIn) for weights, 1 + 0.1 sin for batch-norm weights, 0.1 sin for
  /// biases, where k is the parameter's position in the list of the golden file's metadata.
  static func parameter(_ k: Int, like tensor: Tensor, isBias: Bool) -> Tensor {
    let shape = tensor.shape
    let waves = (0..<tensor.count).map { sin(0.37 * Double($0) + Double(k)) }
    let values: [Double]
    if shape.count > 1 {
      let fanIn = Double(shape.dropFirst().reduce(1, *))
      values = waves.map { $0 * (2 / fanIn).squareRoot() }
    } else {
      values = waves.map { isBias ? 0.1 * $0 : 1 + 0.1 * $0 }
    }
    return Tensor(values, shape: shape).like(tensor)
  }

  static func network(_ golden: Golden, dtype: DType) throws -> (ResNet18, names: [String]) {
    let network = ResNet18(
      featureCount: 256, generator: RandomGenerator(seed: 0), dtype: dtype)
    let own = network.state.tensors
    let list = try #require(golden.file.metadata["parameters"]?.components(separatedBy: "names: "))
    let names = try #require(list.last).split(separator: " ").map(String.init)
    #expect(Set(names) == Set(network.state.entries.filter(\.isParameter).map(\.name)))
    var tensors: [String: Tensor] = [:]
    for (k, name) in names.enumerated() {
      let isBias = name.hasSuffix(".bias")
      tensors[name] = parameter(k, like: try #require(own[name]), isBias: isBias)
    }
    try network.load(tensors, allowingMissing: true)
    return (network, names)
  }

  @Test("Features, gradients and running statistics agree in training and inference",
    arguments: precisions)
  func agrees(_ precision: Precision) throws {
    let golden = try Golden("resnet18_\(precision.suffix)")
    let (network, names) = try Self.network(golden, dtype: precision.dtype)
    let images = golden["in.images"]

    let features = network(images, mode: .training)
    #expect(relativeError(features, golden["out.features.train"]) <= precision.valueTolerance)

    let own = network.state.tensors
    let gradients = gradient(of: features.squared.sum(), wrt: names.map { own[$0]! })
    for (name, gradient) in zip(names, gradients) {
      let error = relativeError(gradient.norm.reshaped([1]), golden["gradnorm.\(name)"])
      #expect(error <= precision.gradientTolerance, "\(name)")
    }

    for (buffer, name) in [("bn1.running_mean", "running_mean"), ("bn1.running_var", "running_var")] {
      let error = relativeError(own[buffer]!, golden["out.\(name).bn1"])
      #expect(error <= precision.valueTolerance, "\(buffer)")
    }

    let later = golden["out.features.eval_after_one_batch"]
    #expect(relativeError(network(images, mode: .inference), later) <= precision.valueTolerance)
    let folded = network.foldedForInference()
    #expect(relativeError(folded(images, mode: .inference), later) <= precision.valueTolerance)
  }
}
