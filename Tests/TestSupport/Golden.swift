import Foundation
import Tensors

/// A file of reference values of an independent implementation: see `Tests/Golden/README.md`.
package struct Golden: Sendable {
  package let name: String
  package let file: SafeTensors

  /// The folder of the files: the environment's `BASIN_GOLDEN`, else `Tests/Golden`.
  package static var folder: URL {
    ProcessInfo.processInfo.environment["BASIN_GOLDEN"].map { URL(filePath: $0) }
      ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden")
  }

  /// - Parameter name: without the extension.
  package init(_ name: String) throws {
    self.name = name
    file = try SafeTensors(contentsOf: Self.folder.appending(path: "\(name).safetensors").path)
  }

  package var tensors: [String: Tensor] { file.tensors }
  package var metadata: [String: String] { file.metadata }

  package subscript(name: String) -> Tensor {
    guard let tensor = tensors[name] else { fatalError("no \(name) in \(self.name).safetensors") }
    return tensor
  }

  /// The tensors whose names begin with `prefix.`, under the rest of their names.
  package func tensors(under prefix: String) -> [String: Tensor] {
    let members = tensors.filter { $0.key.hasPrefix(prefix + ".") }
    return Dictionary(
      uniqueKeysWithValues: members.map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) })
  }

  /// Images in [0, 1] made of the levels of that name as a data set's are.
  package func images(_ name: String) -> Tensor {
    let levels = self[name]
    return Tensor(levels.doubles.map { Float($0) / 255 }, shape: levels.shape)
  }
}
