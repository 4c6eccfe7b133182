import Distributed
import Tensors
import Testing

@Suite struct FlatBucketsTests {
  private let tensors = [
    Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]), Tensor([7, 8] as [Double]),
    Tensor(9, dtype: .float32), Tensor([10, 11] as [Int64], shape: [1, 2]),
    Tensor([] as [Double], shape: [0, 4]), Tensor([12] as [Float]).differentiable(),
    Tensor([13, 14] as [UInt8]),
  ]

  @Test("One bucket for each element type, elements in order") func buckets() {
    let flat = FlatBuckets(tensors)
    #expect(flat.buckets.map(\.dtype) == [.float32, .float64, .int64, .uint8])
    #expect(
      flat.buckets.map(\.integers) == [[1, 2, 3, 4, 5, 6, 9, 12], [7, 8], [10, 11], [13, 14]])
    #expect(!flat.buckets[0].requiresGradient)
  }

  @Test("What comes back has the shapes and types of what went in") func back() {
    let flat = FlatBuckets(tensors)
    let doubled = flat.tensors(from: flat.buckets.map { $0 + $0 })
    #expect(doubled.map(\.shape) == tensors.map(\.shape))
    #expect(doubled.map(\.dtype) == tensors.map(\.dtype))
    #expect(doubled.map(\.doubles) == tensors.map { $0.doubles.map { 2 * $0 } })
  }

  @Test("A transposed tensor is laid out by rows, and what was given stays") func layout() {
    let given = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let flat = FlatBuckets([given.transposed])
    #expect(flat.buckets[0].integers == [1, 4, 2, 5, 3, 6])
    flat.buckets[0].assign(Tensor.zeros(like: flat.buckets[0]))
    #expect(given.integers == [1, 2, 3, 4, 5, 6])
    // A single tensor that is laid out so already is copied too.
    let single = FlatBuckets([given])
    single.buckets[0].assign(Tensor.zeros(like: single.buckets[0]))
    #expect(given.integers == [1, 2, 3, 4, 5, 6])
  }
}
