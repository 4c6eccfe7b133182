import Datasets
import Failures
import Tensors
import TestSupport
import Testing

@Suite("Augmentation")
struct AugmentationTests {
  /// Random levels as images, [count, channels, 12, 12].
  private func images(
    _ count: Int, channels: Int = 3, dtype: DType = .float32, seed: UInt64 = 1
  ) -> Tensor {
    var generator = SplitMix64(seed: seed)
    let shape = [count, channels, 12, 12]
    let levels = (0..<shape.reduce(1, *)).map { _ in Float(generator.next(below: 256)) / 255 }
    return Tensor(levels, shape: shape).to(dtype)
  }

  private func draws(_ indices: some Sequence<Int>, seed: UInt64 = 7, epoch: Int = 2) -> SampleDraws
  {
    SampleDraws(seed: seed, epoch: epoch, indices: Array(indices))
  }

  // MARK: What every augmentation keeps

  @Test("a sample's image does not depend on its batch", arguments: 0..<3)
  func batchIndependence(position: Int) {
    let augmentation = AugmentationCatalog.all[position]
    let images = images(60)
    let whole = augmentation.augmented(images, draws: draws(0..<60))
    let order = SeededPermutation(count: 60, seed: 5, epoch: 0).indices
    for size in [1, 7, 60] {
      for batch in Batches(of: order, size: size) {
        let rows = Tensor(batch.map(Int64.init))
        let part = augmentation.augmented(images.selecting(rows), draws: draws(batch))
        #expect(part.bytes.elementsEqual(whole.selecting(rows).bytes))
      }
    }
  }

  @Test("the same seed and epoch give the same images, others give others", arguments: 0..<3)
  func determinism(position: Int) {
    let augmentation = AugmentationCatalog.all[position]
    let images = images(40)
    func bytes(seed: UInt64 = 7, epoch: Int = 2, from first: Int = 0) -> [UInt8] {
      augmentation.augmented(
        images, draws: draws(first..<first + 40, seed: seed, epoch: epoch)
      ).bytes
    }
    #expect(bytes().elementsEqual(bytes()))
    let variants = [bytes(), bytes(seed: 8), bytes(epoch: 3), bytes(epoch: -2), bytes(from: 40)]
    #expect(Set(variants).count == variants.count)
    #expect(variants.allSatisfy { $0 != images.bytes })
  }

  @Test(
    "images stay levels of their shape and type, to the bit",
    arguments: [DType.float32, .float64], [1, 3])
  func levels(dtype: DType, channels: Int) {
    let images = images(80, channels: channels, dtype: dtype)
    let levels = Set((0...255).map { Double(Float($0) / 255) })
    for augmentation in AugmentationCatalog.all {
      for epoch in 0..<4 {
        let result = augmentation.augmented(images, draws: draws(0..<80, epoch: epoch))
        #expect(result.shape == images.shape && result.dtype == dtype)
        #expect(Set(result.doubles).isSubset(of: levels))
      }
    }
  }

  @Test("augmentations draw apart, so that a flip says nothing about a crop")
  func purposes() {
    let draws = draws(0..<4)
    let numbers = ["crop", "flip", "autoaugment"].flatMap { purpose in
      draws.map(for: purpose) { $0.next() }
    }
    #expect(Set(numbers).count == 12)
  }

  // MARK: Crop and flip

  @Test("a crop is the padded image seen through a window, every window alike")
  func crop() {
    let (count, padding, size) = (2000, 2, 12)
    let images = images(count, channels: 1)
    let result = RandomCrop(padding: padding).augmented(images, draws: draws(0..<count))
    let before = images.scalars(as: Float.self)
    let after = result.scalars(as: Float.self)
    let windows = (0...2 * padding).flatMap { y in (0...2 * padding).map { (y: y, x: $0) } }
    var counts = Array(repeating: 0, count: windows.count)
    for sample in 0..<count {
      let start = sample * size * size
      let matching = windows.indices.filter { index in
        (0..<size * size).allSatisfy { pixel in
          let row = pixel / size + windows[index].y - padding
          let column = pixel % size + windows[index].x - padding
          let isInside = (0..<size).contains(row) && (0..<size).contains(column)
          return after[start + pixel] == (isInside ? before[start + row * size + column] : 0)
        }
      }
      #expect(matching.count == 1)
      matching.forEach { counts[$0] += 1 }
    }
    // Binomial with mean 80 and standard deviation 8.8: six of them.
    #expect(counts.allSatisfy { abs($0 - 80) < 53 })
  }

  @Test("all channels of an image are cropped alike, and no padding changes nothing")
  func cropOfChannels() {
    let grey = images(30, channels: 1)
    let colour = grey.expanded([30, 3, 12, 12])
    let result = RandomCrop().augmented(colour, draws: draws(0..<30))
    let expected = RandomCrop().augmented(grey, draws: draws(0..<30)).expanded([30, 3, 12, 12])
    #expect(result.bytes.elementsEqual(expected.bytes))
    let same = RandomCrop(padding: 0).augmented(grey, draws: draws(0..<30))
    #expect(same.bytes.elementsEqual(grey.bytes))
  }

  @Test("a flip mirrors the columns of its share of the images", arguments: [0, 0.2, 0.5, 1])
  func flip(probability: Double) {
    let count = 2000
    let images = images(count, channels: 1)
    let result = HorizontalFlip(probability: probability).augmented(images, draws: draws(0..<count))
    let rows = (
      before: images.reshaped([-1, 12]).scalars(as: Float.self),
      after: result.reshaped([-1, 12]).scalars(as: Float.self)
    )
    var flipped = 0
    for start in stride(from: 0, to: rows.before.count, by: 144) {
      let before = rows.before[start..<start + 144]
      let mirrored = stride(from: start, to: start + 144, by: 12).flatMap {
        rows.before[$0..<$0 + 12].reversed()
      }
      let after = Array(rows.after[start..<start + 144])
      #expect(after == Array(before) || after == mirrored)
      flipped += after == mirrored ? 1 : 0
    }
    let deviation = (2000 * probability * (1 - probability)).squareRoot()
    #expect(abs(Double(flipped) - 2000 * probability) <= 6 * deviation)
  }

  // MARK: Names

  @Test("names give the augmentations in their order")
  func names() throws {
    #expect(AugmentationCatalog.all.map(\.name) == ["crop", "flip", "autoaugment"])
    let chosen = try AugmentationCatalog.augmentations(
      named: ["autoaugment", "crop"], for: [3, 32, 32])
    #expect(chosen.map(\.name) == ["autoaugment", "crop"])
    #expect(try AugmentationCatalog.augmentations(named: [], for: [2]).isEmpty)
  }

  @Test("what cannot be done is refused in one line")
  func refusals() {
    func refusal(_ names: [String], _ shape: [Int] = [3, 32, 32]) -> String {
      message { _ = try AugmentationCatalog.augmentations(named: names, for: shape) }
    }
    #expect(
      refusal(["flip", "corp"])
        == "augmentation: expected some of crop, flip, autoaugment, found 'corp'. "
        + "Correct the name, or leave it out.")
    #expect(
      refusal(["crop", "flip", "crop"])
        == "augmentation: expected each name once, found 'crop' twice. Leave the repetition out.")
    #expect(
      refusal(["crop"], [2])
        == "augmentation 'crop': expected images, of three axes, found samples of shape [2]. "
        + "Leave it out, or train on a data set that has such images.")
    #expect(
      refusal(["autoaugment"], [4, 32, 32])
        == "augmentation 'autoaugment': expected images of one or three channels, found samples of "
        + "shape [4, 32, 32]. Leave it out, or train on a data set that has such images.")
    #expect(throws: Failure.self) {
      try AugmentationCatalog.augmentations(named: ["flip"], for: [2])
    }
  }
}
