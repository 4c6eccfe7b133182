/// How a file keeps a number: its kind and width. The byte order is the file's.
///
/// One place for all readers of foreign numbers: NumPy arrays, safetensors, MATLAB files.
public enum StoredNumber: String, Sendable, Hashable, CaseIterable {
  case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64
  /// Half precision of IEEE 754, and its rival with the exponent of float32.
  case float16, bfloat16
  case float32, float64

  /// Bytes of one number.
  public var width: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Whether it is a whole number, which a truth value is not.
  public var isInteger: Bool {
    switch self {
    case .bool, .float16, .bfloat16, .float32, .float64: false
    default: true
    }
  }

  /// The numbers in some bytes, in double precision: exact but for integers beyond 2^53, which are
  /// rounded to the nearest. A truth value is 0 or 1.
  ///
  /// - Parameter bytes: whole numbers of `width` bytes; what is left over is ignored.
  public func doubles(in bytes: UnsafeRawBufferPointer, isBigEndian: Bool = false) -> [Double] {
    switch self {
    case .bool: patterns(bytes, isBigEndian) { ($0 as UInt8) == 0 ? 0 : 1 }
    case .int8: patterns(bytes, isBigEndian) { Double($0 as Int8) }
    case .uint8: patterns(bytes, isBigEndian) { Double($0 as UInt8) }
    case .int16: patterns(bytes, isBigEndian) { Double($0 as Int16) }
    case .uint16: patterns(bytes, isBigEndian) { Double($0 as UInt16) }
    case .int32: patterns(bytes, isBigEndian) { Double($0 as Int32) }
    case .uint32: patterns(bytes, isBigEndian) { Double($0 as UInt32) }
    case .int64: patterns(bytes, isBigEndian) { Double($0 as Int64) }
    case .uint64: patterns(bytes, isBigEndian) { Double($0 as UInt64) }
    case .float16: patterns(bytes, isBigEndian) { Self.half($0) }
    case .bfloat16:
      patterns(bytes, isBigEndian) { Double(Float(bitPattern: UInt32($0 as UInt16) << 16)) }
    case .float32: patterns(bytes, isBigEndian) { Double(Float(bitPattern: $0)) }
    case .float64: patterns(bytes, isBigEndian) { Double(bitPattern: $0) }
    }
  }

  /// The whole numbers in some bytes; nil if this is no type of integers, or one is beyond 2^63 - 1.
  public func integers(in bytes: UnsafeRawBufferPointer, isBigEndian: Bool = false) -> [Int64]? {
    switch self {
    case .bool, .float16, .bfloat16, .float32, .float64: return nil
    case .int8: return patterns(bytes, isBigEndian) { Int64($0 as Int8) }
    case .uint8: return patterns(bytes, isBigEndian) { Int64($0 as UInt8) }
    case .int16: return patterns(bytes, isBigEndian) { Int64($0 as Int16) }
    case .uint16: return patterns(bytes, isBigEndian) { Int64($0 as UInt16) }
    case .int32: return patterns(bytes, isBigEndian) { Int64($0 as Int32) }
    case .uint32: return patterns(bytes, isBigEndian) { Int64($0 as UInt32) }
    case .int64: return patterns(bytes, isBigEndian) { $0 as Int64 }
    case .uint64:
      let numbers = patterns(bytes, isBigEndian) { $0 as UInt64 }
      return numbers.allSatisfy { $0 <= UInt64(Int64.max) } ? numbers.map { Int64($0) } : nil
    }
  }

  private func patterns<Pattern: FixedWidthInteger, Value>(
    _ bytes: UnsafeRawBufferPointer, _ isBigEndian: Bool, _ value: (Pattern) -> Value
  ) -> [Value] {
    (0..<bytes.count / width).map { index in
      let pattern = bytes.loadUnaligned(fromByteOffset: index * width, as: Pattern.self)
      return value(isBigEndian ? Pattern(bigEndian: pattern) : Pattern(littleEndian: pattern))
    }
  }

  /// Swift has no `Float16` on every system that it runs on.
  private static func half(_ pattern: UInt16) -> Double {
    let fraction = Double(pattern & 0x3FF)
    let magnitude: Double =
      switch Int(pattern >> 10 & 0x1F) {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      case let exponent:
        Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
      }
    return pattern >> 15 == 0 ? magnitude : -magnitude
  }
}
