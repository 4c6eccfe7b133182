/// A real numeric array of a MATLAB file.
public struct MATArray: Sendable, Equatable {
  /// The elements, in the type in which the file keeps them: MATLAB stores whole numbers in the
  /// smallest type that holds them, whatever the type of the array.
  public enum Elements: Sendable, Equatable {
    /// Unsigned bytes.
    case bytes([UInt8])
    /// Any other type, as the nearest numbers in double precision.
    case numbers([Double])
  }

  /// The size of each axis; the first varies fastest.
  public let sizes: [Int]
  /// The elements, column-major.
  public let elements: Elements

  /// The elements as whole numbers; nil if one is none or is beyond 2^53.
  public var integers: [Int]? {
    switch elements {
    case .bytes(let bytes): return bytes.map(Int.init)
    case .numbers(let numbers):
      let isWhole = numbers.allSatisfy { $0.magnitude <= 0x1p53 && $0 == $0.rounded() }
      return isWhole ? numbers.map { Int($0) } : nil
    }
  }
}

/// How a MATLAB file keeps numbers: the data types of its format that are numeric.
enum MATNumber: UInt32 {
  case int8 = 1
  case uint8 = 2
  case int16 = 3
  case uint16 = 4
  case int32 = 5
  case uint32 = 6
  case single = 7
  case double = 9
  case int64 = 12
  case uint64 = 13

  /// Bytes of one number.
  var width: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .single: 4
    case .double, .int64, .uint64: 8
    }
  }

  /// The numbers in some bytes of either byte order.
  func elements(_ bytes: [UInt8], isBigEndian: Bool) -> MATArray.Elements {
    if self == .uint8 { return .bytes(bytes) }
    return .numbers(
      stride(from: 0, to: bytes.count - width + 1, by: width).map { start in
        let pattern = (0..<width).reduce(0 as UInt64) { pattern, index in
          pattern << 8 | UInt64(bytes[start + (isBigEndian ? index : width - 1 - index)])
        }
        return number(pattern)
      })
  }

  private func number(_ pattern: UInt64) -> Double {
    switch self {
    case .int8: Double(Int8(truncatingIfNeeded: pattern))
    case .int16: Double(Int16(truncatingIfNeeded: pattern))
    case .int32: Double(Int32(truncatingIfNeeded: pattern))
    case .int64: Double(Int64(bitPattern: pattern))
    case .uint8, .uint16, .uint32, .uint64: Double(pattern)
    case .single: Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern)))
    case .double: Double(bitPattern: pattern)
    }
  }
}
