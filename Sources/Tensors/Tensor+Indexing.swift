import CTorch

extension Tensor {
  /// The part of the tensor in `range` along an axis; shares storage.
  public func sliced(_ range: Range<Int>, along axis: Int = 0) -> Tensor {
    Tensor(
      ct_narrow(handle, Int64(axis), Int64(range.lowerBound), Int64(range.count)),
      "sliced(\(range), along: \(axis))", [self])
  }

  /// The sub-tensor at a position along the first axis; shares storage.
  public subscript(_ index: Int) -> Tensor { sliced(index..<index + 1).squeezed(0) }

  /// Sub-tensors at the given positions (int64, rank 1) along an axis.
  public func selecting(_ indices: Tensor, along axis: Int = 0) -> Tensor {
    Tensor(
      ct_index_select(handle, Int64(axis), indices.handle), "selecting(along: \(axis))",
      [self, indices])
  }

  /// Elements at the given positions along an axis: `result[i][j] = self[i][indices[i][j]]` for
  /// axis 1. `indices` has the rank of the tensor.
  public func gathering(_ indices: Tensor, along axis: Int) -> Tensor {
    Tensor(
      ct_gather(handle, Int64(axis), indices.handle), "gathering(along: \(axis))", [self, indices])
  }

  /// One element of each row: `result[n] = self[n, columns[n]]`.
  public func gathering(columns: Tensor) -> Tensor {
    gathering(columns.unsqueezed(1), along: 1).squeezed(1)
  }

  /// A copy with `source` added at the given positions along an axis; repeated positions add up.
  public func adding(_ source: Tensor, at indices: Tensor, along axis: Int = 0) -> Tensor {
    Tensor(
      ct_index_add(handle, Int64(axis), indices.handle, source.handle), "adding(at:)",
      [self, indices, source])
  }

  /// A copy with `source` written at the given positions along an axis.
  public func replacing(at indices: Tensor, with source: Tensor, along axis: Int = 0) -> Tensor {
    Tensor(
      ct_index_copy(handle, Int64(axis), indices.handle, source.handle), "replacing(at:)",
      [self, indices, source])
  }

  /// Positions of the true elements of a rank-1 mask (int64).
  public var trueIndices: Tensor {
    precondition(rank == 1, "trueIndices of shape \(shape)")
    return Tensor(ct_nonzero(handle), "trueIndices", [self])
  }

  /// Rows with a 1 at the given class and 0 elsewhere; `self` holds classes (int64, rank 1).
  public func oneHot(_ classCount: Int, dtype: DType = .float32) -> Tensor {
    (unsqueezed(1) .== Tensor.range(classCount, device: device).unsqueezed(0)).to(dtype)
  }
}
