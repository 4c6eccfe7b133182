import CTorch

/// The element type of a tensor.
public enum DType: String, Sendable, Hashable, CaseIterable {
  case float32, float64, int64, uint8, bool
  /// The upper half of a float32: its range with 8 bits of precision. Of results on the way, never of
  /// what is kept.
  case bfloat16

  var code: Int32 {
    switch self {
    case .float32: Int32(CT_FLOAT32.rawValue)
    case .float64: Int32(CT_FLOAT64.rawValue)
    case .int64: Int32(CT_INT64.rawValue)
    case .uint8: Int32(CT_UINT8.rawValue)
    case .bool: Int32(CT_BOOL.rawValue)
    case .bfloat16: Int32(CT_BFLOAT16.rawValue)
    }
  }

  init(code: Int32) {
    guard let match = Self.allCases.first(where: { $0.code == code }) else {
      preconditionFailure("a tensor has an element type that Basin does not use (code \(code))")
    }
    self = match
  }

  /// Whether elements may be fractions, and can be differentiated.
  public var isFloatingPoint: Bool { self == .float32 || self == .float64 || self == .bfloat16 }

  /// Bytes per element.
  public var size: Int {
    switch self {
    case .float32: 4
    case .float64, .int64: 8
    case .uint8, .bool: 1
    case .bfloat16: 2
    }
  }
}

/// A Swift type whose values fill tensors of one element type.
public protocol TensorScalar: Sendable {
  /// The element type that holds values of this type exactly.
  static var dtype: DType { get }
}

extension Float: TensorScalar { public static var dtype: DType { .float32 } }
extension Double: TensorScalar { public static var dtype: DType { .float64 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }
extension UInt8: TensorScalar { public static var dtype: DType { .uint8 } }
extension Bool: TensorScalar { public static var dtype: DType { .bool } }
