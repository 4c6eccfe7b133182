import Foundation
import NeuralNetworks
import Tensors

/// Reference values of an independent implementation: see `Tests/Golden/README.md`.
struct Golden {
  let file: SafeTensors

  /// Looks in the folder of the environment's `BASIN_GOLDEN`, else in `Tests/Golden`.
  init(_ name: String) throws {
    let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Golden").path
    let folder = ProcessInfo.processInfo.environment["BASIN_GOLDEN"] ?? beside
    file = try SafeTensors(contentsOf: "\(folder)/\(name).safetensors")
  }

  subscript(_ name: String) -> Tensor {
    guard let tensor = file.tensors[name] else { fatalError("no \(name) in the golden file") }
    return tensor
  }

  /// The tensors whose names begin with `prefix.`, under the rest of their names.
  func tensors(under prefix: String) -> [String: Tensor] {
    let members = file.tensors.filter { $0.key.hasPrefix(prefix + ".") }
    return Dictionary(
      uniqueKeysWithValues: members.map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) })
  }
}

/// Largest difference relative to the largest expected magnitude; infinite if shapes differ.
func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
  guard found.shape == expected.shape else { return .infinity }
  return relativeError(found.doubles, expected.doubles)
}

func relativeError(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.map(abs).max() ?? 0
  let errors = zip(found, expected).map { abs($0 - $1) }
  // A NaN must not pass for a small error.
  guard errors.allSatisfy({ !$0.isNaN }) else { return .infinity }
  return (errors.max() ?? 0) / (scale == 0 ? 1 : scale)
}

/// A folder that is deleted with this object.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "basin-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
