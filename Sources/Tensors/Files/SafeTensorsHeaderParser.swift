import Failures

/// Reads a safetensors header: the subset of JSON that the format has, and nothing more. It does
/// not recurse, so no nesting can exhaust the stack, and it sees names that occur twice.
struct SafeTensorsHeaderParser {
  private(set) var metadata: [String: String] = [:]
  private var scanner: JSONScanner

  init(_ bytes: [UInt8], path: String) {
    scanner = JSONScanner(bytes, path: path)
  }

  /// The declarations in the order of the header.
  mutating func parse() throws(Failure) -> [SafeTensorsDeclaration] {
    var declarations: [SafeTensorsDeclaration] = []
    var names: Set<String> = []
    var isFirst = true
    try scanner.expect("{")
    while try scanner.hasMember(isFirst: &isFirst, until: "}") {
      let name = try scanner.key(unlike: &names)
      if name == "__metadata__" {
        try parseMetadata()
      } else {
        declarations.append(try declaration(of: name))
      }
    }
    try scanner.expectEnd()
    return declarations
  }

  private mutating func parseMetadata() throws(Failure) {
    var names: Set<String> = []
    var isFirst = true
    try scanner.expect("{")
    while try scanner.hasMember(isFirst: &isFirst, until: "}") {
      let name = try scanner.key(unlike: &names)
      metadata[name] = try scanner.string()
    }
  }

  private mutating func declaration(
    of name: String
  ) throws(Failure) -> SafeTensorsDeclaration {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    var names: Set<String> = []
    var isFirst = true
    scanner.tensor = name
    defer { scanner.tensor = nil }
    try scanner.expect("{")
    while try scanner.hasMember(isFirst: &isFirst, until: "}") {
      switch try scanner.key(unlike: &names) {
      case "dtype": dtype = try scanner.string()
      case "shape": shape = try scanner.naturals()
      case "data_offsets": offsets = try scanner.naturals()
      case let other:
        throw scanner.error(
          expected: "dtype, shape and data_offsets", found: "'\(other.echoed())'")
      }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      throw scanner.error(
        expected: "dtype, shape and two data_offsets",
        found: names.isEmpty ? "nothing" : names.sorted().joined(separator: ", ").echoed())
    }
    return SafeTensorsDeclaration(
      name: name, dtype: dtype, shape: shape, offsets: (offsets[0], offsets[1]))
  }
}
