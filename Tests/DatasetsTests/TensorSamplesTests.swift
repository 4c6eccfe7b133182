import Datasets
import Tensors
import Testing

@Suite("Samples on a device")
struct TensorSamplesTests {
  /// Every byte up to the divisor, in images of two channels.
  private func images(divisor: Int, count: Int = 40) throws -> LabelledSamples {
    let shape = [2, 6, 5]
    let bytes = (0..<count * 60).map { UInt8(($0 * 7 + $0 / 60) % (divisor + 1)) }
    return try LabelledSamples(
      samples: Samples(bytes: bytes, divisor: divisor, shape: shape),
      labels: (0..<count).map { $0 % 3 }, classNames: ["a", "b", "c"], location: "images")
  }

  @Test(
    "bytes become the numbers that they stand for, to the bit",
    arguments: [1, 2, 15, 16, 100, 254, 255], [DType.float32, .float64])
  func bits(divisor: Int, dtype: DType) throws {
    let samples = try images(divisor: divisor, count: 10)
    let order = [3, 0, 9, 3]
    let expected = samples.batch(order)
    let found = TensorSamples(samples, dtype: dtype).batch(order)
    #expect(found.inputs.dtype == dtype && found.inputs.shape == [4, 2, 6, 5])
    #expect(found.inputs.bytes == expected.inputs.to(dtype).bytes)
    #expect(found.labels.bytes == expected.labels.bytes)
    let range = TensorSamples(samples, dtype: dtype).batch(2..<7)
    #expect(range.inputs.bytes == samples.batch(2..<7).inputs.to(dtype).bytes)
    #expect(range.labels.integers == samples.batch(2..<7).labels.integers)
  }

  @Test("every quotient of two bytes is the nearest float32")
  func allQuotients() throws {
    for divisor in 1...255 {
      let samples = try LabelledSamples(
        samples: Samples(bytes: (0...255).map { UInt8($0) }, divisor: divisor, shape: [1, 1, 256]),
        labels: [0], classNames: ["a"], location: "levels")
      let found = TensorSamples(samples).batch(0..<1).inputs.scalars(as: Float.self)
      #expect(found == (0...255).map { Float($0) / Float(divisor) })
    }
  }

  @Test(
    "augmentations give the bits that they give of numbers",
    arguments: [
      ["crop"], ["flip"], ["crop", "flip"], ["flip", "crop"], ["autoaugment", "flip"],
      ["crop", "autoaugment", "flip"], [],
    ], [DType.float32, .float64])
  func augmented(names: [String], dtype: DType) throws {
    let bytes: [UInt8] = (0..<30 * 3 * 64).map { UInt8($0 * 37 % 251) }
    let samples = try LabelledSamples(
      samples: Samples(bytes: bytes, divisor: 255, shape: [3, 8, 8]),
      labels: Array(repeating: 0, count: 30), classNames: ["a"], location: "images")
    let augmentations = try AugmentationCatalog.augmentations(named: names, for: [3, 8, 8])
    let draws = SampleDraws(seed: 5, epoch: 2, indices: (0..<24).map { $0 * 7 % 30 })
    let numbers = samples.batch(draws.indices).inputs.to(dtype)
    let expected = augmentations.reduce(numbers) { $1.augmented($0, draws: draws) }
    let found = TensorSamples(samples, dtype: dtype).batch(draws, augmentedBy: augmentations)
    #expect(found.inputs.dtype == dtype)
    #expect(found.inputs.bytes == expected.bytes)
  }

  @Test("images take a byte a pixel, and a prefix shares them")
  func memory() throws {
    let samples = try images(divisor: 255)
    let whole = TensorSamples(samples)
    #expect(whole.byteCount == 40 * 60 + 40 * 8)
    #expect(TensorSamples(samples, dtype: .float64).byteCount == whole.byteCount)
    let prefix = whole.prefix(7)
    #expect(prefix.count == 7 && whole.prefix(99).count == 40)
    #expect(prefix.batch(0..<7).inputs.bytes == whole.batch(0..<7).inputs.bytes)
    #expect(prefix.labels.integers == Array(samples.labels.prefix(7)))
  }

  @Test("points keep their numbers")
  func points() throws {
    let samples = try LabelledSamples(
      samples: Samples(values: [0.1, -2, 3, 4, 5, 6], shape: [2]), labels: [1, 0, 1],
      classNames: ["a", "b"], location: "points")
    let tensors = TensorSamples(samples, dtype: .float64)
    #expect(tensors.batch([2, 0]).inputs.doubles == [5, 6, Double(Float(0.1)), -2])
    #expect(tensors.byteCount == 6 * 8 + 3 * 8)
    let draws = SampleDraws(seed: 0, epoch: 0, indices: [1])
    #expect(tensors.batch(draws, augmentedBy: []).inputs.doubles == [3, 4])
  }
}
