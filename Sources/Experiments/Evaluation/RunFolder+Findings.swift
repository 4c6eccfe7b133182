import Foundation

extension RunFolder {
  /// The adversarial examples of the evaluation.
  public var adversarialExamples: URL { url.appendingPathComponent("adversarial.safetensors") }

  /// What `basin certify` found.
  public var certification: URL { url.appendingPathComponent("certification.json") }

  /// What `basin regions` found.
  public var regions: URL { url.appendingPathComponent("regions.json") }

  /// What `basin evaluate --protocol paper-normalized` found.
  public var misplacedClamp: URL { url.appendingPathComponent("paper-normalized.json") }

  /// What `basin evaluate --solver-tolerance` found.
  public var tolerances: URL { url.appendingPathComponent("tolerances.json") }
}
