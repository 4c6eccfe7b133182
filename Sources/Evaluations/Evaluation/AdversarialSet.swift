import Failures
import Foundation
import NeuralNetworks
import Robustness
import Runs
import StableDynamics
import Tensors

/// Adversarial examples as a file, `adversarial.safetensors`, so that anyone can check them.
///
/// Tensors: `images` [K, ...] in float32, and for each image `index` (its place in the data set),
/// `label`, `prediction`, `attack` and `threat`, the last two being places in the lists of the
/// metadata.
package struct AdversarialSet {
  /// One image.
  package struct Example: Sendable, Hashable {
    package let index: Int
    package let label: Int
    package let prediction: Int
    package let attack: String
    package let threat: ThreatModel
  }

  /// [K, ...] on the CPU.
  package let images: Tensor
  package let examples: [Example]
  /// The model that was attacked: the hash of its configuration.
  package let configurationHash: String
  package let evaluationProtocol: EvaluationProtocol
  package let split: DataSplit

  /// The threat models, in the order of their first example.
  package var threats: [ThreatModel] {
    examples.map(\.threat).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension AdversarialSet {
  /// Those of an evaluation.
  package init(_ found: [AdversarialExamples], of evaluation: Evaluation, sampleShape: [Int]) {
    let stacks = found.compactMap(\.images)
    images =
      stacks.isEmpty
      ? Tensor([Float](), shape: [0] + sampleShape) : Tensor.concatenated(stacks).to(.float32)
    examples = found.flatMap { set in
      set.entries.map {
        Example(
          index: $0.sample.index, label: $0.sample.label, prediction: $0.sample.prediction,
          attack: $0.attack, threat: set.threat)
      }
    }
    configurationHash = evaluation.configurationHash
    evaluationProtocol = evaluation.result.evaluationProtocol
    split = evaluation.split
  }

  private static let format = "basin-adversarial"

  /// Writes the file, as a whole or not at all.
  ///
  /// - Throws: `Failure`.
  package func write(to path: String) throws {
    let attacks = Set(examples.map(\.attack)).sorted()
    let threats = threats
    func column(_ value: (Example) -> Int) -> Tensor { Tensor(examples.map { Int64(value($0)) }) }
    let tensors = [
      "images": images, "index": column(\.index), "label": column(\.label),
      "prediction": column(\.prediction), "attack": column { attacks.firstIndex(of: $0.attack)! },
      "threat": column { threats.firstIndex(of: $0.threat)! },
    ]
    let metadata = [
      "format": Self.format, "schemaVersion": "1", "configurationHash": configurationHash,
      "protocol": evaluationProtocol.rawValue, "split": split.rawValue,
      "attacks": try Self.text(attacks), "threats": try Self.text(threats),
    ]
    try SafeTensors(tensors, metadata: metadata).write(to: path)
  }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Reads a file; nothing about it is trusted.
  ///
  /// - Throws: `Failure`.
  package init(contentsOf path: String) throws {
    let file = try SafeTensors(contentsOf: path)
    func failure(_ expected: String, _ found: String) -> Failure {
      Failure(
        at: path, expected: expected, found: found,
        remedy: "Give a file that `basin evaluate` wrote.")
    }
    func metadata<Value: Decodable>(_ key: String, as type: Value.Type) throws -> Value {
      let text = file.metadata[key] ?? "null"
      // A bare word is a string; anything else is JSON.
      let isJSON = text.hasPrefix("[")
      guard
        let value = try? JSONDecoder().decode(
          type, from: Data((isJSON ? text : "\"\(text)\"").utf8))
      else { throw failure("metadata \(key)", file.metadata[key] ?? "none") }
      return value
    }
    guard file.metadata["format"] == Self.format, file.metadata["schemaVersion"] == "1" else {
      throw failure(
        "a set of adversarial examples (format \(Self.format), schemaVersion 1)",
        "format \(file.metadata["format"] ?? "none")")
    }
    guard let given = file.tensors["images"], given.rank >= 2 else {
      throw failure("a tensor images [K, ...]", file.tensors["images"].described)
    }
    let images = try ImageInput.pixels(of: given, in: path).to(.float32)
    let count = images.shape[0]
    func column(_ name: String, below limit: Int = .max) throws -> [Int] {
      guard let tensor = file.tensors[name], tensor.dtype == .int64, tensor.shape == [count] else {
        throw failure("a tensor \(name), int64 [\(count)]", file.tensors[name].described)
      }
      let values = tensor.integers
      if let odd = values.first(where: { $0 < 0 || $0 >= limit }) {
        throw failure("\(name) from 0 to \(limit - 1)", "\(odd)")
      }
      return values
    }
    let attacks = try metadata("attacks", as: [String].self)
    let threats = try metadata("threats", as: [ThreatModel].self)
    let (index, label, prediction) = try (column("index"), column("label"), column("prediction"))
    let attack = try column("attack", below: attacks.count)
    let threat = try column("threat", below: threats.count)
    self.init(
      images: PixelRange(images).images,
      examples: (0..<count).map {
        Example(
          index: index[$0], label: label[$0], prediction: prediction[$0],
          attack: attacks[attack[$0]], threat: threats[threat[$0]])
      },
      configurationHash: try metadata("configurationHash", as: String.self),
      evaluationProtocol: try metadata("protocol", as: EvaluationProtocol.self),
      split: try metadata("split", as: DataSplit.self))
  }
}

extension Tensor? {
  /// Element type and shape, for an error.
  var described: String { map { "\($0.dtype.rawValue) \($0.shape)" } ?? "none" }
}
