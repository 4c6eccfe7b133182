import CTorch

/// A multi-dimensional array on a device, recorded by automatic differentiation.
///
/// A value of this type refers to storage owned by libtorch. Operations return new tensors; the
/// only ones that change a tensor are `assign(_:)` and `clampInPlace(_:)`, meant for parameters and
/// buffers. Operations never throw: shapes that do not fit are a programming mistake and trap with
/// the operation and the shapes.
public struct Tensor: @unchecked Sendable {
  final class Storage {
    let handle: CTTensor
    init(_ handle: CTTensor) { self.handle = handle }
    deinit { ct_release(handle) }
  }

  let storage: Storage
  package var handle: CTTensor { storage.handle }

  /// Takes ownership of a handle.
  package init(owning handle: CTTensor) { storage = Storage(handle) }

  /// Takes ownership of the result of an operation, or traps with its message and operands.
  @inline(__always)
  init(
    _ result: CTTensor?, _ operation: @autoclosure () -> String,
    _ operands: @autoclosure () -> [Tensor] = []
  ) {
    guard let result else {
      let shapes = operands().map { "\($0.shape)" }.joined(separator: ", ")
      failed(operation() + (shapes.isEmpty ? "" : "(\(shapes))"))
    }
    self.init(owning: result)
  }
}

extension Tensor {
  /// Number of axes; 0 for a single number.
  public var rank: Int { Int(ct_rank(handle)) }

  /// Extents along each axis.
  public var shape: [Int] {
    var extents = [Int64](repeating: 0, count: rank)
    ct_shape(handle, &extents)
    return extents.map(Int.init)
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The type of the elements.
  public var dtype: DType { DType(code: ct_dtype(handle)) }
  /// Where the elements are.
  public var device: Device { Device(index: Int32(ct_device(handle))) }

  /// All elements in row-major order.
  ///
  /// - Precondition: `Scalar` is the tensor's element type.
  public func scalars<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
    precondition(dtype == Scalar.dtype, "scalars(as: \(type)) of a \(dtype) tensor")
    let count = count
    let bytes = count * dtype.size
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      if count > 0 { torchCheck(ct_copy_out(handle, buffer.baseAddress, bytes), "scalars") }
      initialized = count
    }
  }

  /// All elements as `Double`, whatever the element type.
  public var doubles: [Double] { to(.float64).scalars() }

  /// All elements as `Int`, rounding towards zero.
  public var integers: [Int] { to(.int64).scalars(as: Int64.self).map(Int.init) }

  /// The only element.
  public var item: Double {
    let values = doubles
    precondition(values.count == 1, "item of a tensor of shape \(shape)")
    return values[0]
  }

  /// The bytes of all elements in row-major order, in the machine's order.
  public var bytes: [UInt8] {
    let size = count * dtype.size
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      if size > 0 { torchCheck(ct_copy_out(handle, buffer.baseAddress, size), "bytes") }
      initialized = size
    }
  }

  /// With elements converted to another type; itself if that is its own. Differentiable between
  /// floating-point types.
  public func to(_ dtype: DType) -> Tensor {
    Tensor(ct_to(handle, dtype.code, device.index), "to(\(dtype))", [self])
  }

  /// Copied to another device, differentiably; itself if it is there.
  public func to(_ device: Device) -> Tensor {
    Tensor(ct_to(handle, dtype.code, device.index), "to(\(device))", [self])
  }

  /// This tensor with the element type and on the device of another.
  public func like(_ other: Tensor) -> Tensor {
    Tensor(ct_to(handle, other.dtype.code, other.device.index), "like", [self, other])
  }

  /// Replaces the elements, outside the graph.
  ///
  /// - Precondition: the shapes are equal.
  public func assign(_ source: Tensor) {
    torchCheck(ct_assign(handle, source.handle), "assign(\(shape) <- \(source.shape))")
  }

  /// Confines the elements to a range, outside the graph.
  public func clampInPlace(_ range: ClosedRange<Double>) {
    torchCheck(ct_clamp_in_place(handle, range.lowerBound, range.upperBound), "clampInPlace")
  }
}

extension Tensor: CustomStringConvertible {
  public var description: String {
    let shown = count <= 16 ? " \(doubles)" : ""
    return "Tensor(\(dtype), \(shape), \(device))\(shown)"
  }
}

/// Calls `body` with the handles of `tensors`.
@inline(__always)
func withHandles<Result>(
  _ tensors: [Tensor], _ body: (UnsafePointer<CTTensor?>?, Int32) -> Result
) -> Result {
  let handles: [CTTensor?] = tensors.map(\.handle)
  return withExtendedLifetime(tensors) {
    handles.withUnsafeBufferPointer { body($0.baseAddress, Int32(tensors.count)) }
  }
}

/// Shapes and axes as libtorch reads them.
@inline(__always)
func extents(_ shape: [Int]) -> [Int64] { shape.map(Int64.init) }
