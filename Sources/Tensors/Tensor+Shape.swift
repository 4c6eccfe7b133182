import CTorch

extension Tensor {
  /// The same elements with other extents; one of them may be -1.
  public func reshaped(_ shape: [Int]) -> Tensor {
    Tensor(
      ct_reshape(handle, extents(shape), Int32(shape.count)), "reshaped(\(shape))", [self])
  }

  /// All axes from `axis` on as one.
  public func flattened(from axis: Int = 0) -> Tensor {
    reshaped(Array(shape[..<axis]) + [-1])
  }

  /// Repeated, without a copy, along axes of extent 1.
  public func expanded(_ shape: [Int]) -> Tensor {
    Tensor(ct_expand(handle, extents(shape), Int32(shape.count)), "expanded(\(shape))", [self])
  }

  /// Axis k of the result is axis `axes[k]`; memory is shared.
  public func permuted(_ axes: [Int]) -> Tensor {
    Tensor(ct_permute(handle, extents(axes), Int32(axes.count)), "permuted(\(axes))", [self])
  }

  /// The last two axes exchanged.
  public var transposed: Tensor {
    var axes = Array(0..<rank)
    axes.swapAt(rank - 1, rank - 2)
    return permuted(axes)
  }

  /// A new axis of extent 1 that is axis `axis` of the result; -1 for the last.
  public func unsqueezed(_ axis: Int) -> Tensor {
    Tensor(ct_unsqueeze(handle, Int64(axis)), "unsqueezed(\(axis))", [self])
  }

  /// Without `axis`, if its extent is 1; unchanged otherwise.
  public func squeezed(_ axis: Int) -> Tensor {
    Tensor(ct_squeeze(handle, Int64(axis)), "squeezed(\(axis))", [self])
  }

  /// Elements in reverse order along an axis.
  public func flipped(along axis: Int) -> Tensor {
    Tensor(ct_flip(handle, Int64(axis)), "flipped(\(axis))", [self])
  }

  /// Padded with a constant. `widths` are pairs (before, after), starting from the last axis.
  public func padded(_ widths: [Int], with value: Double = 0) -> Tensor {
    Tensor(ct_pad(handle, extents(widths), Int32(widths.count), value), "padded(\(widths))", [self])
  }

  /// Elements laid out contiguously: row-major, or with channels innermost for N x C x H x W, which
  /// strides say of one channel too, so that convolutions keep to it.
  public func contiguous(channelsLast: Bool = false) -> Tensor {
    Tensor(ct_contiguous(handle, channelsLast), "contiguous", [self])
  }

  /// Tensors one behind the other along an axis; their other extents are equal.
  public static func concatenated(_ tensors: [Tensor], along axis: Int = 0) -> Tensor {
    precondition(!tensors.isEmpty, "concatenated: no tensors")
    return withHandles(tensors) {
      Tensor(ct_concatenate($0, $1, Int64(axis)), "concatenated(along: \(axis))", tensors)
    }
  }

  /// Tensors of one shape side by side along a new axis.
  public static func stacked(_ tensors: [Tensor], along axis: Int = 0) -> Tensor {
    precondition(!tensors.isEmpty, "stacked: no tensors")
    return withHandles(tensors) {
      Tensor(ct_stack($0, $1, Int64(axis)), "stacked(along: \(axis))", tensors)
    }
  }
}
