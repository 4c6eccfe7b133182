import Foundation
import Tensors

/// Reference values: see `Tests/Golden/README.md`.
struct Golden {
  /// The tensors of the file, uint8 or float64, by name.
  let tensors: [String: Tensor]

  /// Reads a safetensors file from the folder of `BASIN_GOLDEN`, else from `Tests/Golden`.
  init(_ name: String) throws {
    let beside = URL(fileURLWithPath: #filePath).appendingPathComponent("../../Golden").standardized
    let folder = ProcessInfo.processInfo.environment["BASIN_GOLDEN"].map {
      URL(fileURLWithPath: $0)
    }
    let content = [UInt8](
      try Data(contentsOf: (folder ?? beside).appendingPathComponent("\(name).safetensors")))
    let start = 8 + content[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    struct Entry: Decodable {
      let dtype: String?
      let shape: [Int]?
      let offsets: [Int]?
      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
      }
    }
    let header = try JSONDecoder().decode([String: Entry].self, from: Data(content[8..<start]))
    tensors = header.compactMapValues { entry in
      guard let shape = entry.shape, let offsets = entry.offsets else { return nil }
      return Tensor(
        bytes: content[start + offsets[0]..<start + offsets[1]],
        dtype: entry.dtype == "U8" ? .uint8 : .float64, shape: shape)
    }
  }

  /// The tensor of that name, as float64.
  subscript(name: String) -> Tensor {
    guard let tensor = tensors[name] else { fatalError("no \(name) in the golden file") }
    return tensor.to(.float64)
  }

  /// Images in [0, 1] made of levels as a data set's are, in the given type.
  func images(_ name: String, dtype: DType = .float32) -> Tensor {
    let levels = self[name]
    return Tensor(levels.doubles.map { Float($0) / 255 }, shape: levels.shape).to(dtype)
  }
}
