import Failures
import Robustness
import Tensors
import Testing

@Suite("What holds for every corruption")
struct CorruptionRuleTests {
  static let names = CorruptionCatalog.entries.map(\.name)

  func corruption(_ name: String, _ level: Int) throws -> any Corruption {
    let folder = try FrostFolder()
    return try CorruptionCatalog.corruptions(
      named: name, severities: [Severity(level)], frostPictures: folder.url)[0]
  }

  @Test("whole levels in [0, 1], by seed and index, not by batch", arguments: names)
  func perSample(name: String) throws {
    for shape in [[4, 1, 8, 8], [4, 3, 32, 32]] {
      let images = RandomGenerator(seed: 1).uniform(shape)
      for level in [1, 5] {
        let corruption = try corruption(name, level)
        let together = try corruption.applied(to: images, indices: [3, 4, 5, 6], seed: 7)
        #expect(together.shape == shape)
        let values = together.doubles
        #expect(values.allSatisfy { (0...1).contains($0) })
        #expect(values.allSatisfy { abs(($0 * 255).rounded() - $0 * 255) < 1e-4 })
        let apart = try corruption.applied(
          to: images.selecting(Tensor([2, 1] as [Int64])), indices: [5, 4], seed: 7)
        #expect(apart[0].doubles == together[2].doubles)
        #expect(apart[1].doubles == together[1].doubles)
      }
    }
  }

  @Test("points are refused where pixels need neighbours or colours", arguments: names)
  func points(name: String) throws {
    let corruption = try corruption(name, 1)
    let points = RandomGenerator(seed: 1).uniform([3, 2])
    if corruption.needsImages {
      let error = #expect(throws: Failure.self) {
        try corruption.applied(to: points, indices: [0, 1, 2], seed: 0)
      }
      #expect(error?.kind == .invalidOption)
      #expect(error?.found.contains(name) == true)
    } else {
      #expect(try corruption.applied(to: points, indices: [0, 1, 2], seed: 0).shape == [3, 2])
    }
  }

  @Test("noise is what points know") func noise() throws {
    let corruptions = try CorruptionCatalog.corruptions(named: "noise", severities: [Severity(1)])
    #expect(
      corruptions.map(\.name) == [
        "gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise",
      ])
    #expect(corruptions.allSatisfy { !$0.needsImages })
  }
}
