import Tensors

/// Tensors of samples [N, ...] seen sample by sample.
extension Tensor {
  /// One row for each sample, [N, d].
  var samplesFlattened: Tensor { reshaped([shape[0], -1]) }

  /// The Euclidean norm of each sample, [N].
  var sampleNorms: Tensor { samplesFlattened.norm(along: 1) }

  /// One value for each sample [N], shaped to combine with samples of the shape of `samples`.
  func spread(over samples: Tensor) -> Tensor {
    reshaped([shape[0]] + Array(repeating: 1, count: samples.rank - 1))
  }

  /// The samples at the given positions along the first axis.
  func samples(at positions: [Int]) -> Tensor {
    selecting(Tensor(positions.map(Int64.init), device: device))
  }

  /// All elements of a mask.
  var flags: [Bool] { to(.bool).scalars(as: Bool.self) }
}
