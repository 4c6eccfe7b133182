import CTorch

extension Tensor {
  /// A tensor of the given elements in row-major order.
  ///
  /// - Precondition: `shape` has as many elements as are given.
  public init<Scalar: TensorScalar>(
    _ scalars: [Scalar], shape: [Int]? = nil, device: Device = .cpu
  ) {
    let shape = shape ?? [scalars.count]
    precondition(
      shape.reduce(1, *) == scalars.count, "\(scalars.count) elements do not fill shape \(shape)")
    self = scalars.withUnsafeBytes { bytes in
      Tensor(
        ct_from_data(
          bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8), Scalar.dtype.code, extents(shape),
          Int32(shape.count), device.index),
        "Tensor(\(shape))")
    }
  }

  /// A tensor whose elements, of type `dtype`, are given by their bytes in row-major order.
  public init(bytes: some ContiguousBytesSource, dtype: DType, shape: [Int]) {
    self = bytes.withBytes { raw in
      precondition(
        raw.count == shape.reduce(dtype.size, *), "\(raw.count) bytes do not fill \(dtype) \(shape)"
      )
      return Tensor(
        ct_from_data(
          raw.baseAddress ?? UnsafeRawPointer(bitPattern: 8), dtype.code, extents(shape),
          Int32(shape.count), Int32(CT_CPU)),
        "Tensor(\(shape))")
    }
  }

  /// A tensor of rank 0.
  public init(_ value: Double, dtype: DType = .float32, device: Device = .cpu) {
    self = .full(value, [], dtype: dtype, device: device)
  }

  /// A tensor of that shape whose elements all are `value`.
  public static func full(
    _ value: Double, _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    Tensor(
      ct_full(value, extents(shape), Int32(shape.count), dtype.code, device.index),
      "full(\(shape))")
  }

  /// Zeros of that shape.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor { full(0, shape, dtype: dtype, device: device) }

  /// Ones of that shape.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor { full(1, shape, dtype: dtype, device: device) }

  /// Zeros with the shape, element type, device and memory layout of another tensor.
  public static func zeros(like other: Tensor) -> Tensor {
    Tensor(ct_full_like(0, other.handle), "zeros(like:)", [other])
  }

  /// Ones with the shape, element type, device and memory layout of another tensor.
  public static func ones(like other: Tensor) -> Tensor {
    Tensor(ct_full_like(1, other.handle), "ones(like:)", [other])
  }

  /// 0, 1, ..., count - 1.
  public static func range(
    _ count: Int, dtype: DType = .int64, device: Device = .cpu
  ) -> Tensor {
    Tensor(ct_arange(Int64(count), dtype.code, device.index), "range(\(count))")
  }

  /// The identity matrix.
  public static func identity(
    _ count: Int, dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    Tensor(ct_eye(Int64(count), dtype.code, device.index), "identity(\(count))")
  }
}

/// Anything that can lend its bytes, such as an array of bytes or a slice of a file's contents.
public protocol ContiguousBytesSource {
  /// Calls `body` with the bytes, which are valid until it returns.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension Array: ContiguousBytesSource where Element == UInt8 {
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(body)
  }
}

extension ArraySlice: ContiguousBytesSource where Element == UInt8 {
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(body)
  }
}
