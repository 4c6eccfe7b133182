import Files

extension Tensor {
  /// The numbers of a file, exactly where there is an element type for them: half precision as float32;
  /// integers as uint8, int64 or, beyond those, the nearest float64; truth values as bool.
  ///
  /// - Precondition: `shape` has as many elements as the bytes hold.
  init(
    _ bytes: ArraySlice<UInt8>, of number: StoredNumber, isBigEndian: Bool = false, shape: [Int]
  ) {
    if let dtype = DType(keeping: number), !isBigEndian || number.width == 1 {
      self.init(bytes: bytes, dtype: dtype, shape: shape)
      return
    }
    self = bytes.withUnsafeBytes { bytes in
      if let integers = number.integers(in: bytes, isBigEndian: isBigEndian) {
        return Tensor(integers, shape: shape)
      }
      let numbers = number.doubles(in: bytes, isBigEndian: isBigEndian)
      return switch number {
      case .bool: Tensor(numbers.map { $0 != 0 }, shape: shape)
      case .float16, .bfloat16, .float32: Tensor(numbers.map { Float($0) }, shape: shape)
      default: Tensor(numbers, shape: shape)
      }
    }
  }
}

extension DType {
  /// The element type that keeps its numbers as a little-endian file does.
  fileprivate init?(keeping number: StoredNumber) {
    switch number {
    case .uint8: self = .uint8
    case .int64: self = .int64
    case .float32: self = .float32
    case .float64: self = .float64
    default: return nil
    }
  }
}
