import Datasets
import Foundation
import NeuralNetworks
import Robustness
import Tensors
import Testing

@testable import TorchScript

@Suite("Models that PyTorch wrote")
struct GoldenModelTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Golden")

  private func model(_ name: String) throws -> TorchScriptClassifier {
    let bytes = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
    return try TorchScriptClassifier(
      bytes: bytes, path: name,
      preparation: InputPreparation(
        normalization: InputNormalization(mean: [0.3], deviation: [0.35])),
      trying: digits(0..<64).images, device: .cpu)
  }

  private func digits(_ range: Range<Int>) throws -> LabelledImages {
    let digits = try Digits().all()
    let (images, labels) = digits.batch(range)
    return try LabelledImages(images: images, labels: labels.integers, classCount: 10)
  }

  private func audits(_ name: String) throws -> [String: Audit] {
    let evaluation = RobustnessEvaluation()
    let result = try evaluation.run(model(name), on: digits(0..<80)).result
    return Dictionary(uniqueKeysWithValues: result.audits.map { ($0.name, $0) })
  }

  @Test("The logits are PyTorch's")
  func logits() throws {
    let expected = try NumPyArray(
      contentsOf: Self.folder.appendingPathComponent("traced-logits.npy").path, as: .float32)
    let model = try model("traced.pt")
    #expect(model.classCount == 10 && model.parameterCount == 1042 && !model.wasInTraining)
    #expect(model.isChannelsLast && model.fusedSteps == 1)
    let found = try withoutGradients { try model.logits(digits(0..<16).images) }
    #expect((found - expected.tensor).magnitude.max().item < 1e-4)
    // A scripted one is put into evaluation mode, whatever it was saved in.
    let scripted = try self.model("scripted-training.pt")
    #expect(scripted.wasInTraining && scripted.fusedSteps == 1)
    let same = try withoutGradients { try scripted.logits(digits(0..<16).images) }
    #expect((same - expected.tensor).magnitude.max().item < 1e-4)
    // Asking for training mode leaves the model as it was.
    let training = try withoutGradients { try scripted.trainingLogits(digits(0..<16).images) }
    #expect((training - same).magnitude.max().item > 0.1)
    let after = try withoutGradients { try scripted.logits(digits(0..<16).images) }
    #expect((after - same).magnitude.max().item == 0)
  }

  @Test("Audits say what training mode does, and notice one that a trace has kept")
  func modes() throws {
    let traced = try audits("traced.pt")
    #expect(traced["training-mode"]?.figure == 0 && traced["training-mode"]?.verdict == .passed)
    #expect(traced["batch-dependence"]?.verdict == .passed)
    let scripted = try audits("scripted-training.pt")
    #expect(scripted["training-mode"]?.verdict == .flagged)
    #expect(scripted["batch-dependence"]?.verdict == .passed)
    let kept = try audits("traced-training.pt")
    #expect(kept["batch-dependence"]?.verdict == .flagged)
    #expect(kept["random-output"]?.verdict == .flagged)
  }
}
