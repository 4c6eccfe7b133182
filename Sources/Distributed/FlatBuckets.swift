import Tensors

/// Tensors of any shapes laid end to end, one bucket for each element type and device, so that one
/// exchange serves for all of a kind.
package struct FlatBuckets {
  /// Of rank 1, in the order in which their kinds first appear.
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
  ///
  /// - Parameter staysOnDevice: whether buckets are on the devices of their tensors, not on the CPU.
  package init(_ tensors: [Tensor], staysOnDevice: Bool = false) {
    var kinds: [(dtype: DType, device: Device)] = []
    var parts: [[Tensor]] = []
    var counts: [Int] = []
    var places: [Place] = []
    for tensor in tensors {
      let kind = (dtype: tensor.dtype, device: tensor.device)
      let bucket = kinds.firstIndex { $0 == kind } ?? kinds.count
      if bucket == kinds.count {
        kinds.append(kind)
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
    buckets = zip(parts, kinds).map {
      Tensor.concatenated($0).to(staysOnDevice ? $1.device : .cpu)
    }
    self.places = places
  }

  /// The tensors again, of buckets as those above, each on its own device.
  package func tensors(from buckets: [Tensor]) -> [Tensor] {
    places.map {
      buckets[$0.bucket].sliced($0.range).reshaped($0.shape).to($0.device)
    }
  }
}
