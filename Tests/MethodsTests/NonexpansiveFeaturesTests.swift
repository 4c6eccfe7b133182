import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import Testing

@Suite("Nonexpansive features")
struct NonexpansiveFeaturesTests {
  private static let input = ModelInput(shape: [1, 8, 8], classCount: 3)

  private func build(
    _ input: ModelInput = input, _ change: (inout CertifiedCellMethod.Settings) -> Void
  ) throws -> any TrainableClassifier {
    var settings = CertifiedCellMethod.defaults(for: Self.input)
    settings.features = .init(dimension: 128, width: 128, depth: 1, rank: 8)
    settings.features.channels = [8]
    change(&settings)
    return try CertifiedCellMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 3), dtype: .float32, device: .cpu)
  }

  @Test(
    "Any kind of layers learns and is certified, with stages of maps",
    arguments: NonexpansiveArchitecture.Blocks.allCases)
  func kinds(blocks: NonexpansiveArchitecture.Blocks) throws {
    let model = try build { $0.features.blocks = blocks }
    let generator = RandomGenerator(seed: 4)
    let labels = Tensor((0..<24).map { Int64($0 % 3) })
    // Classes by brightness, with noise.
    let images =
      labels.to(.float32).reshaped([24, 1, 1, 1]) * 0.3
      + generator.uniform([24, 1, 8, 8], in: 0..<0.3)
    let adam = Adam(model.state, learningRate: 3e-3)
    var losses: [Double] = []
    for index in 0..<15 {
      let loss = try model.objective(
        images: images, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: index)
      ).total
      losses.append(loss.item)
      adam.step(gradients: gradient(of: loss, wrt: model.parameters))
    }
    #expect(losses[14] < 0.8 * losses[0])
    let found = try (model.trained() as? any CellClassifier)?.cellCertificate(
      images: images, labels: labels.integers, disturbance: nil, batchSize: 24, progress: { _ in })
    let certificate = try #require(found)
    #expect(certificate.radii.count == 24 && certificate.radii.contains { $0 > 0.05 })
  }

  @Test("Settings that do not fit an input are named")
  func problems() {
    func problem(
      _ input: ModelInput = Self.input, _ change: (inout CertifiedCellMethod.Settings) -> Void
    ) -> SettingsError? {
      do {
        _ = try build(input, change)
        return nil
      } catch { return error as? SettingsError }
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0.features.channels = [3] }?.setting == "features.channels")
    #expect(
      problem { $0.features.channels = [8, 32, 128, 512] }?.expected.contains("3 stages") == true)
    #expect(
      problem(ModelInput(shape: [64], classCount: 3)) { _ in }?.setting == "features.channels")
    #expect(problem { $0.features.width = 126 }?.setting == "features.width")
    #expect(problem { $0.features.rank = 129 }?.setting == "features.rank")
    #expect(problem { $0.features.dimension = 200 }?.setting == "features.dimension")
  }
}
