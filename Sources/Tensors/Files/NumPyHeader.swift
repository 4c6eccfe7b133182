import Failures
import Files

/// The dictionary at the head of a NumPy file: how elements are kept, in which order, and the shape.
struct NumPyHeader {
  let number: StoredNumber
  let isBigEndian: Bool
  let isFortran: Bool
  let shape: [Int]

  /// Reads the text of a dictionary.
  init(_ text: String, path: String) throws(Failure) {
    func malformed(_ expected: String, _ found: String) -> Failure {
      .numPy(path, expected: expected, found: found)
    }
    guard text.firstMatch(of: #/'descr'\s*:\s*\[/#) == nil else {
      throw Self.unsupported("a structured array", path: path)
    }
    guard
      let type = text.firstMatch(of: #/'descr'\s*:\s*'([^']*)'/#),
      let order = text.firstMatch(of: #/'fortran_order'\s*:\s*(True|False)/#),
      let shape = text.firstMatch(of: #/'shape'\s*:\s*\(([0-9L,\s]*)\)/#)
    else { throw malformed("descr, fortran_order and shape", "'\(text.echoed())'") }
    (number, isBigEndian) = try Self.element(type.1, path: path)
    isFortran = order.1 == "True"
    // Python 2 wrote (3L, 4L).
    let extents = shape.1.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
      .filter { !$0.isEmpty }.map { $0.hasSuffix("L") ? String($0.dropLast()) : $0 }
    let numbers = extents.compactMap { Int($0) }
    guard numbers.count == extents.count, numbers.count <= Self.rankLimit else {
      throw malformed("a shape of at most \(Self.rankLimit) axes", "(\(shape.1.echoed()))")
    }
    self.shape = numbers
  }

  /// Most axes of an array, NumPy's own limit since version 2 and libtorch's for most operations.
  private static let rankLimit = 64

  /// The meaning of a type such as `<f8`: byte order, kind, bytes.
  private static func element(
    _ type: Substring, path: String
  ) throws(Failure) -> (number: StoredNumber, isBigEndian: Bool) {
    let order = type.first.flatMap { "<>|=".contains($0) ? $0 : nil }
    let code = order == nil ? type : type.dropFirst()
    if let number = numbers[String(code)] { return (number, order == ">") }
    let kinds: [Character: String] = [
      "c": "complex numbers", "f": "numbers of extended precision", "O": "Python objects",
      "S": "texts", "U": "texts", "V": "records", "M": "times", "m": "durations",
    ]
    let kind = code.first.flatMap { kinds[$0] }
    throw unsupported(
      kind.map { "\($0) ('\(type.echoed())')" } ?? "elements '\(type.echoed())'",
      isComplex: code.hasPrefix("c"), path: path)
  }

  private static let numbers: [String: StoredNumber] = [
    "b1": .bool, "i1": .int8, "u1": .uint8, "i2": .int16, "u2": .uint16, "i4": .int32,
    "u4": .uint32, "i8": .int64, "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
  ]

  private static func unsupported(
    _ found: String, isComplex: Bool = false, path: String
  ) -> Failure {
    Failure(
      .unsuitable, at: path, expected: "real numbers, integers or truth values",
      found: found,
      remedy: isComplex
        ? "Stack real and imaginary parts: numpy.block([[A.real, -A.imag], [A.imag, A.real]]) for a "
          + "matrix, numpy.concatenate([b.real, b.imag]) for its measurements."
        : "Convert the array with .astype(float).")
  }
}
