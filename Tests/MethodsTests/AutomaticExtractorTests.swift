import NeuralNetworks
import Tensors
import Testing

@testable import Methods

@Suite("The extractor that is picked by the input")
struct AutomaticExtractorTests {
  @Test(
    "takes inputs of every shape",
    arguments: [
      ([2], true, false), ([1, 8, 8], false, true), ([3, 16, 16], false, true),
      ([3, 10, 12], false, false), ([3, 12, 10], false, false), ([1, 8, 20], false, false),
      ([3, 18, 18], false, false),
    ] as [([Int], Bool, Bool)])
  func automatic(shape: [Int], isPoints: Bool, isSmall: Bool) throws {
    let features = try Features(
      .init(dimension: 4, radius: 0, width: isPoints || isSmall ? 64 : 4),
      input: ModelInput(shape: shape, classCount: 2), generator: RandomGenerator(seed: 0),
      dtype: .float32, device: .cpu)
    #expect((features.extractor is PointExtractor) == isPoints)
    #expect((features.extractor is SmallExtractor) == isSmall)
    let images = Tensor.full(0.5, [2] + shape)
    #expect(features(images, mode: .inference).shape == [2, 4])
  }
}
