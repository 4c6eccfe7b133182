import Foundation
import Tensors

/// A file of reference values: a safetensors file, read as far as these tests need.
struct Golden {
  private var tensors: [String: Tensor] = [:]
  let metadata: [String: String]

  /// - Parameter name: without the extension; looked up in `BASIN_GOLDEN`, else `Tests/Golden`.
  init(_ name: String) throws {
    let folder =
      ProcessInfo.processInfo.environment["BASIN_GOLDEN"].map { URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden")
    let file = [UInt8](try Data(contentsOf: folder.appendingPathComponent("\(name).safetensors")))
    let headerSize = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header =
      try JSONSerialization.jsonObject(with: Data(file[8..<8 + headerSize])) as! [String: Any]
    metadata = header["__metadata__"] as? [String: String] ?? [:]
    for (key, value) in header where key != "__metadata__" {
      let entry = value as! [String: Any]
      let dtype: DType = entry["dtype"] as! String == "F32" ? .float32 : .float64
      let range = entry["data_offsets"] as! [Int]
      let bytes = file[8 + headerSize + range[0]..<8 + headerSize + range[1]]
      tensors[key] = Tensor(bytes: bytes, dtype: dtype, shape: entry["shape"] as! [Int])
    }
  }

  subscript(name: String) -> Tensor { tensors[name]! }
}

/// |a - b| / |b| in the Euclidean norm of all elements.
func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  withoutGradients { ((a - b).to(.float64).norm / b.to(.float64).norm).item }
}
