import Files

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

extension StoredNumber {
  /// The numeric data type of MATLAB files of version 5.
  init?(matLevel5 type: UInt32) {
    let types: [UInt32: StoredNumber] = [
      1: .int8, 2: .uint8, 3: .int16, 4: .uint16, 5: .int32, 6: .uint32, 7: .float32, 9: .float64,
      12: .int64, 13: .uint64,
    ]
    guard let number = types[type] else { return nil }
    self = number
  }

  /// The numbers of an array of a MATLAB file.
  func elements(_ bytes: [UInt8], isBigEndian: Bool) -> MATArray.Elements {
    self == .uint8
      ? .bytes(bytes)
      : .numbers(bytes.withUnsafeBytes { doubles(in: $0, isBigEndian: isBigEndian) })
  }
}
