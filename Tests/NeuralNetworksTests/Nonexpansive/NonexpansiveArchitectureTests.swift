import NeuralNetworks
import Tensors
import Testing

@Suite("Architectures of nonexpansive layers")
struct NonexpansiveArchitectureTests {
  typealias Architecture = NonexpansiveArchitecture
  let generator = RandomGenerator(seed: 59)

  func maps(_ blocks: Architecture.Blocks) -> Architecture {
    Architecture(
      blocks: blocks, channels: [8, 32], stageDepth: 2, width: 132, depth: 2, rank: 16)
  }

  func extractor(
    _ architecture: Architecture, for shape: [Int], dtype: DType = .float32
  ) -> NonexpansiveExtractor {
    NonexpansiveExtractor(
      stem: NonexpansiveStem(shift: 0.5, scale: 1),
      layers: architecture.layers(for: shape, generator: generator, dtype: dtype),
      featureCount: architecture.width)
  }

  @Test(
    "No quotient of computed features exceeds the bound, maps and vectors, trained or not",
    arguments: Architecture.Blocks.allCases)
  func quotients(blocks: Architecture.Blocks) throws {
    let extractor = extractor(maps(blocks), for: [2, 8, 8])
    for parameter in extractor.parameters {
      parameter.assign(
        parameter.detached + generator.normal(parameter.shape, deviation: 0.2))
    }
    for dtype in [DType.float32, .float64] {
      let settled = try extractor.settled(in: dtype)
      #expect(settled.lipschitzBound <= 1 + 1e-4)
      let error = settled.rounding(on: [2, 8, 8]).error
      #expect(error > 0 && error < (dtype == .float32 ? 1 : 1e-8))
      for size in [1.0, 0.01, 1e-5] {
        let x = generator.uniform([1000, 2, 8, 8])
        let y = (x + generator.normal(x.shape) * size).clamped(to: 0...1)
        let (p, q) = (settled(x), settled(y))
        #expect(p.shape == [1000, 132] && p.dtype == dtype)
        let moved = (p - q).to(.float64).norm(along: 1)
        let distance = (x.to(.float64) - y.to(.float64)).flattened(from: 1).norm(along: 1)
        let excess = (moved - distance * settled.lipschitzBound).max().item
        #expect(excess <= 2 * error)
        if size == 1 { #expect(excess <= 1e-4) }
      }
    }
  }

  @Test("Reflectors of maps and vectors keep every length")
  func isometry() {
    let extractor = extractor(maps(.reflectors), for: [2, 4, 8], dtype: .float64)
    let narrow = NonexpansiveExtractor(
      stem: .init(), layers: Array(extractor.layers.dropLast(4)), featureCount: 64)
    let image = generator.uniform([1, 2, 4, 8], dtype: .float64)
    let values = singularValues(jacobian(of: { narrow($0) }, at: image))
    #expect(values.allSatisfy { abs($0 - 1) <= 1e-11 })
  }

  @Test("What does not fit is named: which setting, what was expected")
  func problems() {
    func problem(
      _ shape: [Int] = [2, 8, 8], _ change: (inout Architecture) -> Void
    ) -> Architecture.Problem? {
      var architecture = maps(.reflectors)
      change(&architecture)
      do throws(Architecture.Problem) {
        try architecture.check(for: shape)
        return nil
      } catch { return error }
    }
    #expect(problem { _ in } == nil)
    #expect(problem([2, 8, 10]) { _ in }?.expected.hasPrefix("at most 1 stages") == true)
    #expect(problem([128]) { _ in }?.setting == "channels")
    #expect(problem { $0.channels[1] = 33 }?.found == "33")
    #expect(
      problem { $0.channels[1] = 16 }?.expected == "an even number of at least 32 in stage 2")
    #expect(problem { $0.width = 126 }?.expected.contains("at least 128") == true)
    #expect(problem { $0.width = 133 }?.setting == "width")
    #expect(problem { $0.rank = 0 }?.setting == "rank")
  }
}
