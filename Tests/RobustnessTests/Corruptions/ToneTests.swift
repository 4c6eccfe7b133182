import Robustness
import Tensors
import Testing

@Suite("Brightness, contrast, saturation and speckle")
struct ToneTests {
  static let shape = [3, 6, 5]
  static let colors = (0..<90).map { (37 * $0 * $0 + 11 * $0) % 256 }
  static let image = Tensor(colors.map { Float($0) / 255 }, shape: shape)

  func levels(_ corruption: any Corruption, of image: Tensor = image) -> [Double] {
    corruption.corrupt(image, using: RandomGenerator(seed: 0)).doubles.map { $0 * 255 }
  }

  @Test("brightness scales a colour until its largest channel is c more") func brightness() {
    for (severity, addition) in zip(Severity.all, [0.05, 0.1, 0.15, 0.2, 0.3]) {
      let found = levels(Brightness(severity: severity))
      for pixel in 0..<30 {
        let color = (0..<3).map { Double(Self.colors[$0 * 30 + pixel]) }
        let value = color.max()!
        let scale = min(value + addition * 255, 255) / value
        for channel in 0..<3 {
          let difference: Double = color[channel] * scale - found[channel * 30 + pixel]
          #expect(difference > -1e-3 && difference < 1.001)
        }
      }
    }
  }

  @Test("brightness on black gives c, in one channel and in three") func black() {
    for (severity, level) in zip(Severity.all, [12, 25, 38, 51, 76.0]) {
      for channels in [1, 3] {
        let found = levels(Brightness(severity: severity), of: .zeros([channels, 8, 8]))
        #expect(found.allSatisfy { abs($0 - level) < 1e-3 })
      }
    }
  }

  @Test("brightness on every level of grey is cut down as 64 bits have it") func everyLevel() {
    let grey = Tensor((0..<256).map { Float($0) / 255 }, shape: [1, 16, 16])
    for (severity, addition) in zip(Severity.all, [0.05, 0.1, 0.15, 0.2, 0.3]) {
      let expected = (0..<256).map { (min(Double($0) / 255 + addition, 1) * 255).rounded(.down) }
      let found = levels(Brightness(severity: severity), of: grey)
      #expect(found.map { $0.rounded() } == expected)
    }
  }

  @Test("contrast keeps each channel's mean and scales what differs from it") func contrast() {
    for (severity, factor) in zip(Severity.all, [0.75, 0.5, 0.4, 0.3, 0.15]) {
      let found = levels(Contrast(severity: severity))
      for channel in 0..<3 {
        let plane = Self.colors[channel * 30..<(channel + 1) * 30].map(Double.init)
        let mean = plane.reduce(0, +) / 30
        for (place, level) in plane.enumerated() {
          let difference = (level - mean) * factor + mean - found[channel * 30 + place]
          #expect(difference > -1e-3 && difference < 1.001)
        }
      }
    }
  }

  @Test("a flat image has no contrast to lose") func flat() {
    for severity in Severity.all {
      for level in [0, 100, 255.0] {
        let found = levels(Contrast(severity: severity), of: .full(level / 255, [3, 7, 9]))
        let allowed = level - 1.001...level + 0.001
        #expect(found.allSatisfy(allowed.contains))
      }
    }
  }

  @Test("saturate keeps the largest channel and scales the distance to it") func saturate() {
    let settings = [(0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)]
    for (severity, setting) in zip(Severity.all, settings) {
      let (factor, addition) = setting
      let found = levels(Saturate(severity: severity))
      for pixel in 0..<30 {
        let color = (0..<3).map { Double(Self.colors[$0 * 30 + pixel]) }
        let (value, least) = (color.max()!, color.min()!)
        guard least < value else { continue }
        let saturation = 1 - least / value
        let scale = min(saturation * factor + addition, 1) / saturation
        for channel in 0..<3 {
          let expected = value - (value - color[channel]) * scale
          let difference = expected - found[channel * 30 + pixel]
          #expect(difference > -1e-3 && difference < 1.001)
        }
      }
    }
  }

  @Test("grey becomes reddish in three channels and stays in one") func grey() throws {
    let grey = Tensor.full(200.0 / 255, [1, 4, 4])
    let three = Tensor.concatenated([grey, grey, grey], along: 0)
    for severity in Severity.all {
      #expect(levels(Saturate(severity: severity), of: grey) == grey.doubles.map { $0 * 255 })
      let pale: Double = 200 * (1 - [0, 0, 0, 0.1, 0.2][severity.level - 1])
      let found = levels(Saturate(severity: severity), of: three)
      #expect(found[..<16].allSatisfy { abs($0 - 200) < 1e-3 })
      #expect(found[16...].allSatisfy { abs($0 - pale) < 1e-3 })
    }
  }

  @Test(
    "speckle is x + σ x n for the same draws", arguments: [[3, 32, 32], [3, 64, 9], [3, 200, 4]])
  func speckle(shape: [Int]) {
    let deviations =
      shape[1] == 32
      ? [0.06, 0.1, 0.12, 0.16, 0.2]
      : shape[1] == 64 ? [0.15, 0.2, 0.25, 0.3, 0.35] : [0.15, 0.2, 0.35, 0.45, 0.6]
    let image = RandomGenerator(seed: 1).uniform(shape)
    for (severity, deviation) in zip(Severity.all, deviations) {
      let found = SpeckleNoise(severity: severity)
        .corrupt(image, using: RandomGenerator(seed: 4)).doubles
      let noise = RandomGenerator(seed: 4).normal(shape).doubles
      let expected = zip(image.doubles, noise).map { $0 * (1 + deviation * $1) }
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }
}
