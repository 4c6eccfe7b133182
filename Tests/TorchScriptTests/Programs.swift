import NeuralNetworks
import Tensors

@testable import TorchScript

/// TorchScript files made here, of models that a test wants.
enum Programs {
  /// A file whose `forward` has a body; `matrix(x)` in it is x [N, 1, 2, 2] by a fixed matrix, [N, 3].
  static func file(_ body: String, signature: String = "x: Tensor") throws -> [UInt8] {
    let writer = TorchScriptWriter()
    let weights = Tensor([1.0, -2, 0.5, 3, -1, 0.25, 2, -0.5, 1.5, 0.75, -3, 1], shape: [4, 3])
      .to(.float32)
    try writer.record("matrix", at: Tensor.zeros([2, 4]), count: 1) { [$0.matmul(weights)] }
    let lines = body.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    try writer.define("def forward(self, \(signature)):\n\(lines)")
    return try writer.bytes
  }

  /// Its classifier, tried on 70 images.
  static func classifier(
    _ body: String, signature: String = "x: Tensor",
    preparation: InputPreparation = InputPreparation()
  ) throws -> TorchScriptClassifier {
    try TorchScriptClassifier(
      bytes: file(body, signature: signature), path: "net.pt", preparation: preparation,
      trying: images, device: .cpu)
  }

  static let images = RandomGenerator(seed: 1).uniform([70, 1, 2, 2], in: 0..<1)
  static let linear = "return self.matrix(x.flatten(1))"
}
