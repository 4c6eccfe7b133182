import Images
import Robustness
import Tensors

/// The inputs and draws, by formula, of the reference levels in `weather_u8`.
struct WeatherFixture {
  /// s ← 6364136223846793005 s + 1442695040888963407 mod 2^64, of which the upper 53 bits count.
  private var state: UInt64

  /// - Parameter level: the severity seeds the draws.
  init(level: Int) { state = UInt64(level) }

  private mutating func unit() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }

  private mutating func units(_ count: Int) -> [Double] { (0..<count).map { _ in unit() } }

  /// On [-1, 1).
  private mutating func signed(_ count: Int) -> [Double] {
    (0..<count).map { _ in -1 + 2 * unit() }
  }

  /// Nearly normal: sums of twelve.
  private mutating func normals(_ count: Int) -> [Double] {
    (0..<count).map { _ in (0..<12).reduce(0) { sum, _ in sum + unit() } - 6 }
  }

  /// Level (7 x + 13 y + 29 c) mod 256 in column x, row y, channel c.
  static func image(_ shape: [Int]) -> Tensor {
    var values: [Float] = []
    for c in 0..<shape[0] {
      for y in 0..<shape[1] {
        for x in 0..<shape[2] { values.append(Float((7 * x + 13 * y + 29 * c) % 256) / 255) }
      }
    }
    return Tensor(values, shape: shape)
  }

  /// 420 rows of 360 pixels.
  static let picture: JPEGImage = {
    var pixels: [UInt8] = []
    for y in 0..<420 {
      for x in 0..<360 {
        let curve = x * x / 7 + 3 * x * y / 11 + 5 * y * y / 13
        for c in 0..<3 { pixels.append(UInt8((curve + 40 * c) % 251)) }
      }
    }
    return JPEGImage(width: 360, height: 420, channels: 3, pixels: pixels)
  }()

  /// The levels that a corruption makes of the image with these draws.
  static func levels(_ name: String, level: Int, shape: [Int]) throws -> [Int] {
    var fixture = WeatherFixture(level: level)
    let corrupted = try fixture.corrupted(name, Severity(level), shape)
    return corrupted.doubles.map { Int(($0 * 255).rounded()) }
  }

  private mutating func corrupted(_ name: String, _ severity: Severity, _ shape: [Int]) -> Tensor {
    let image = Self.image(shape)
    let area = shape[1] * shape[2]
    let none = RandomGenerator(seed: 0)
    switch name {
    case "snow":
      let noise = normals(area)
      return Snow(severity: severity).corrupt(image, noise: noise, degrees: -135 + 90 * unit())
    case "frost":
      let scale = shape[1] <= 48 ? 0.2 : shape[1] <= 128 ? 0.3 : 1
      let top = Int(unit() * (420 * scale - Double(shape[1])))
      let left = Int(unit() * (360 * scale - Double(shape[2])))
      return Frost(severity: severity, pictures: FrostPictures([Self.picture]))
        .corrupt(image, picture: 0, top: top, left: left)
    case "fog":
      var size = 2
      while size < max(shape[1], shape[2]) { size *= 2 }
      return Fog(severity: severity).corrupt(image, draws: units(size * size - 1))
    case "spatter": return Spatter(severity: severity).corrupt(image, noise: normals(area))
    case "elastic-transform":
      let corners = signed(6)
      let down = signed(area)
      return ElasticTransform(severity: severity)
        .corrupt(image, corners: corners, right: signed(area), down: down)
    case "pixelate": return Pixelate(severity: severity).corrupt(image, using: none)
    case "jpeg-compression":
      return JPEGCompression(severity: severity).corrupt(image, using: none)
    default: fatalError("no fixture for \(name)")
    }
  }
}
