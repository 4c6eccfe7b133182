import Datasets
import Tensors
import Testing

@Suite("Batches as tensors")
struct BatchTests {
  @Test("images become float32 in [0, 1], labels int64, in the order asked for")
  func images() throws {
    let samples = try LabelledSamples(
      samples: Samples(bytes: [0, 16, 4, 8, 12, 2], divisor: 16, shape: [1, 1, 2]),
      labels: [0, 2, 1], classNames: ["a", "b", "c"], location: "images")
    let (inputs, labels) = samples.batch([2, 0])
    #expect(inputs.shape == [2, 1, 1, 2] && inputs.dtype == .float32)
    #expect(inputs.scalars(as: Float.self) == [0.75, 0.125, 0, 1])
    #expect(labels.shape == [2] && labels.dtype == .int64)
    #expect(labels.integers == [1, 0])
  }

  @Test("points keep their shape, and the batches of an epoch hold every sample once")
  func epoch() throws {
    let train = try DatasetCatalog.load("toy-2d").train
    let order = SeededPermutation(count: train.count, seed: 0, epoch: 0).indices
    let batches = Batches(of: order, size: 128).map { train.batch($0) }
    #expect(batches.map(\.inputs.shape).dropLast().allSatisfy { $0 == [128, 2] })
    #expect(batches.last?.inputs.shape == [92, 2])
    #expect(batches.flatMap(\.labels.integers) == order.map { train.labels[$0] })
  }
}
