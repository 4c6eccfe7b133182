import Tensors

/// Tensors of any shapes laid end to end, one bucket for each element type, so that one exchange
/// serves for all of a type.
package struct FlatBuckets {
  /// On the CPU, of rank 1, in the order in which their element types first appear.
  package let buckets: [Tensor]
  private let places: [Place]

  /// Where a tensor's elements are.
  private struct Place {
    let bucket: Int
    let range: Range<Int>
    let shape: [Int]
    let device: Device
  }

  /// Copies the elements, in row-major order.
  package init(_ tensors: [Tensor]) {
    var dtypes: [DType] = []
    var parts: [[Tensor]] = []
    var counts: [Int] = []
    var places: [Place] = []
    for tensor in tensors {
      let bucket = dtypes.firstIndex(of: tensor.dtype) ?? dtypes.count
      if bucket == dtypes.count {
        dtypes.append(tensor.dtype)
        parts.append([])
        counts.append(0)
      }
      let flat = tensor.detached.reshaped([-1])
      places.append(
        Place(
          bucket: bucket, range: counts[bucket]..<counts[bucket] + flat.count,
          shape: tensor.shape, device: tensor.device))
      parts[bucket].append(flat)
      counts[bucket] += flat.count
    }
    // Concatenating copies, so the exchange never writes into what it was given.
    buckets = parts.map { Tensor.concatenated($0).to(.cpu) }
    self.places = places
  }

  /// The tensors again, of buckets as those above, each on its own device.
  package func tensors(from buckets: [Tensor]) -> [Tensor] {
    places.map {
      buckets[$0.bucket].sliced($0.range).reshaped($0.shape).to($0.device)
    }
  }
}
