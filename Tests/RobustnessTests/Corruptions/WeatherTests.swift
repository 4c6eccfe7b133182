import Robustness
import Tensors
import Testing

@Suite("Weather and digital corruptions")
struct WeatherTests {
  static func all(_ severity: Severity) -> [any Corruption] {
    let pictures = [
      FrostFolder.picture(level: 90, width: 2, height: 1),
      FrostFolder.picture(level: 200, width: 400, height: 300),
    ]
    return [
      Snow(severity: severity), Fog(severity: severity), Spatter(severity: severity),
      ElasticTransform(severity: severity), Pixelate(severity: severity),
      JPEGCompression(severity: severity),
      Frost(severity: severity, pictures: FrostPictures(pictures)),
    ]
  }

  @Test(
    "images of any size and number of channels",
    arguments: [
      [1, 1, 1], [3, 1, 1], [3, 2, 2], [1, 1, 5], [2, 5, 1], [4, 3, 3], [1, 28, 28], [3, 129, 1],
      [1, 130, 3], [3, 60, 2],
    ])
  func anySize(shape: [Int]) {
    let image = WeatherFixture.image(shape)
    for severity in Severity.all {
      for corruption in Self.all(severity) {
        let result = corruption.corrupt(image, using: RandomGenerator(seed: 3))
        #expect(result.shape == shape, "\(corruption.name)")
        #expect(
          result.doubles.allSatisfy { $0.isFinite && abs(($0 * 255).rounded() - $0 * 255) < 1e-4 },
          "\(corruption.name) \(severity)")
      }
    }
  }

  @Test("draws are of their distributions, from the sample's generator") func draws() throws {
    let image = WeatherFixture.image([3, 32, 32])
    func draws() -> RandomGenerator { RandomGenerator(seed: 8) }
    func normals(_ generator: RandomGenerator) -> [Double] {
      generator.normal([32, 32], dtype: .float64).doubles
    }
    func signed(_ generator: RandomGenerator, _ count: Int) -> [Double] {
      generator.uniform([count], in: -1..<1, dtype: .float64).doubles
    }
    for severity in Severity.all {
      var generator = draws()
      let noise = normals(generator)
      let degrees = generator.uniform([1], in: -135..<(-45), dtype: .float64).item
      let snow = Snow(severity: severity)
      #expect(
        snow.corrupt(image, using: draws()).doubles
          == snow.corrupt(image, noise: noise, degrees: degrees).doubles)

      let spatter = Spatter(severity: severity)
      #expect(
        spatter.corrupt(image, using: draws()).doubles
          == spatter.corrupt(image, noise: noise).doubles)

      let fog = Fog(severity: severity)
      let cloud = draws().uniform([1023], dtype: .float64).doubles
      #expect(
        fog.corrupt(image, using: draws()).doubles == fog.corrupt(image, draws: cloud).doubles)

      generator = draws()
      let elastic = ElasticTransform(severity: severity)
      let corners = signed(generator, 6)
      let right = signed(generator, 1024)
      let down = signed(generator, 1024)
      #expect(
        elastic.corrupt(image, using: draws()).doubles
          == elastic.corrupt(image, corners: corners, right: right, down: down).doubles)
    }
  }

  private func largestDifference(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.doubles, b.doubles).map { abs($0 - $1) }.max()!
  }

  @Test("without a flake snow only whitens") func whitening() throws {
    let image = WeatherFixture.image([1, 8, 8])
    let snow = try Snow(severity: Severity(5))
      .corrupt(image, noise: Array(repeating: -9, count: 64), degrees: -90)
    for (found, x) in zip(snow.doubles, image.doubles) {
      let whitened = 0.8 * x + 0.2 * min(max(x, 1.5 * x + 0.5), 2)
      #expect(abs(found - min(whitened, 1)) < 1.01 / 255)
    }
  }

  @Test("without a drop nothing is spattered, under one drop all is mud") func drops() throws {
    let image = WeatherFixture.image([3, 8, 8])
    for severity in Severity.all {
      let dry = Spatter(severity: severity)
        .corrupt(image, noise: Array(repeating: -1, count: 64))
      #expect(largestDifference(dry, image) < 1.01 / 255)
    }
    let mud = try Spatter(severity: Severity(5))
      .corrupt(image, noise: Array(repeating: 2, count: 64))
    for (channel, level) in [63.0, 42, 20].enumerated() {
      #expect(mud[channel].doubles.allSatisfy { abs($0 * 255 - level) < 1.01 })
    }
  }

  @Test("fog leaves black black and keeps the brightest value's place") func fog() throws {
    let fog = try Fog(severity: Severity(5))
    let black = fog.corrupt(.zeros([3, 8, 8]), using: RandomGenerator(seed: 1))
    #expect(black.doubles.allSatisfy { $0 == 0 })
    let grey = fog.corrupt(.full(0.4, [1, 8, 8]), using: RandomGenerator(seed: 1)).doubles
    // (0.4 + 1.5 m) 0.4 / 1.9 with m from 0 to 1.
    #expect(abs(grey.min()! - 0.16 / 1.9) < 1.01 / 255)
    #expect(abs(grey.max()! - 0.4) < 1.01 / 255)
  }

  @Test("without displacements nothing is stretched") func elasticIdentity() {
    for shape in [[3, 16, 16], [1, 130, 9]] {
      let image = WeatherFixture.image(shape)
      let zeros = [Double](repeating: 0, count: shape[1] * shape[2])
      for severity in Severity.all {
        let result = ElasticTransform(severity: severity).corrupt(
          image, corners: Array(repeating: 0, count: 6), right: zeros, down: zeros)
        #expect(largestDifference(result, image) < 1.01 / 255)
      }
    }
  }

  @Test("two channels are compressed as two grey images") func channels() throws {
    let jpeg = try JPEGCompression(severity: Severity(5))
    let image = WeatherFixture.image([2, 9, 10])
    let generator = RandomGenerator(seed: 0)
    let both = jpeg.corrupt(image, using: generator)
    for channel in 0..<2 {
      let alone = jpeg.corrupt(image[channel].reshaped([1, 9, 10]), using: generator)
      #expect(both[channel].doubles == alone[0].doubles)
    }
    #expect(both.doubles != image.doubles)
  }
}
