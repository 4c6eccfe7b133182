import Tensors
import Testing

@Suite("Tensors")
struct TensorTests {
  @Test("Elements go in and come out in row-major order, in every element type")
  func elements() {
    let matrix = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
    #expect(matrix.transposed.scalars(as: Float.self) == [1, 3, 2, 4])
    #expect(Tensor([Int64.min, .max]).scalars(as: Int64.self) == [.min, .max])
    #expect(Tensor([UInt8(0), 255]).integers == [0, 255])
    #expect(Tensor([true, false]).doubles == [1, 0])
    let pi = Tensor([Double.pi])
    #expect(Tensor(bytes: pi.bytes, dtype: .float64, shape: []).item == .pi)
    let empty = Tensor([Float](), shape: [0, 3])
    #expect(empty.count == 0 && empty.bytes.isEmpty && empty.shape == [0, 3])
  }

  @Test("Like-tensors have shape, type and layout, and belong to no graph")
  func like() {
    let x = Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3]).differentiable()
    let ones = Tensor.ones(like: x.transposed)
    #expect(ones.shape == [3, 2] && ones.dtype == .float64 && !ones.requiresGradient)
    #expect(ones.doubles.allSatisfy { $0 == 1 })
    #expect(Tensor.zeros(like: x).doubles.allSatisfy { $0 == 0 })
  }

  @Test("Assigning converts, respects the layout and keeps the leaf")
  func assigning() {
    let source = Tensor((0..<24).map(Double.init), shape: [1, 2, 3, 4])
    let target = Tensor.zeros([1, 2, 3, 4]).contiguous(channelsLast: true).differentiable()
    target.assign(source)
    #expect(target.doubles == source.doubles)
    #expect(target.requiresGradient && target.dtype == .float32)
    target.clampInPlace(3...5)
    #expect(target.doubles.min() == 3 && target.doubles.max() == 5)
  }

  @Test("Comparisons, selections and indices")
  func indexing() {
    let x = Tensor([3.0, -1, 2, 0], shape: [2, 2])
    #expect((x .> 0).doubles == [1, 0, 1, 0])
    #expect(Tensor.select(x .> 0, x, x * 10).doubles == [3, -10, 2, 0])
    #expect(x.gathering(columns: Tensor([Int64(1), 0])).doubles == [-1, 2])
    #expect(x.argMin(along: 1).integers == [1, 1])
    #expect(x.flattened().largest(2, along: 0).indices.integers == [0, 2])
    #expect(x.flattened().sorted(along: 0).values.doubles == [-1, 0, 2, 3])
    #expect((x.flattened() .== 2).trueIndices.integers == [2])
    #expect(Tensor([Int64(2), 0]).oneHot(3).doubles == [0, 0, 1, 1, 0, 0])
    let added = Tensor.zeros([3]).adding(.ones([3]), at: Tensor([Int64(0), 2, 0]))
    #expect(added.doubles == [2, 0, 1])
    let replaced = x.replacing(at: Tensor([Int64(1)]), with: Tensor([7.0, 8], shape: [1, 2]))
    #expect(replaced.doubles == [3, -1, 7, 8])
  }

  @Test("Cross entropy is logSumExp - logit of the class")
  func crossEntropies() {
    let logits = Tensor([1.0, 2, 3, 1000, 0, -1000], shape: [2, 3])
    let losses = crossEntropy(logits: logits, labels: Tensor([Int64(2), 1])).doubles
    #expect(abs(losses[0] - 0.4076059644443803) < 1e-15 && losses[1] == 1000)
  }

  @Test("Unknown devices say what is known")
  func devices() throws {
    #expect(try Device(named: "cpu") == .cpu)
    #expect(throws: DeviceError.unknownName("gpu")) { try Device(named: "gpu") }
    #expect(throws: DeviceError.unknownName("cuda:-1")) { try Device(named: "cuda:-1") }
    #expect(DeviceError.unknownName("gpu").description.contains("cpu, cuda, cuda:N or auto"))
  }
}
