import Foundation

extension RunFolder {
  /// The adversarial examples of the evaluation.
  public var adversarialExamples: URL { url.appendingPathComponent("adversarial.safetensors") }

  /// What `basin regions` found.
  public var regions: URL { url.appendingPathComponent("regions.json") }
}
