import Foundation
import Tensors
import Testing

@testable import Robustness

@Suite("Blurs")
struct BlurTests {
  static func all(_ severity: Severity) -> [any Corruption] {
    [
      GaussianBlur(severity: severity), DefocusBlur(severity: severity),
      GlassBlur(severity: severity), MotionBlur(severity: severity), ZoomBlur(severity: severity),
    ]
  }

  @Test("a flat image stays flat, but for the last level", arguments: [[1, 8, 8], [3, 28, 20]])
  func flat(shape: [Int]) {
    for severity in Severity.all {
      for level in [0, 77, 128, 255.0] {
        let image = Tensor.full(level / 255, shape)
        for corruption in Self.all(severity) {
          let found = corruption.corrupt(image, using: RandomGenerator(seed: 3)).doubles
          // The weights' sum, 1 but for rounding, times a level may be cut down to the one below.
          let allowed = (level - 1.001) / 255...(level + 0.001) / 255
          #expect(
            found.allSatisfy(allowed.contains), "\(corruption.name) \(severity) of \(level)")
        }
        let moved = MotionBlur(severity: severity).corrupt(image, degrees: 20)
        #expect(moved.doubles == image.doubles)
      }
    }
  }

  @Test("motion spreads a bright pixel by its kernel, against the direction") func motionKernel()
    throws
  {
    // One white pixel; radius 6 and deviation 1.5, along the rows.
    var values = [Float](repeating: 0, count: 21 * 21)
    values[10 * 21 + 15] = 1
    let blurred = try MotionBlur(severity: Severity(2))
      .corrupt(Tensor(values, shape: [1, 21, 21]), degrees: 0).doubles
    let weights = (0...12).map { exp(-Double($0 * $0) / 4.5) }
    let sum = weights.reduce(0, +)
    for y in 0..<21 {
      for x in 0..<21 {
        let step = 15 - x
        let weight = y == 10 && (0...12).contains(step) ? weights[step] / sum : 0
        #expect(abs(blurred[y * 21 + x] * 255 - (weight * 255).rounded()) < 1e-4)
      }
    }
    // A positive angle looks down to the right, so that light goes up to the left.
    let slanted = try MotionBlur(severity: Severity(2))
      .corrupt(Tensor(values, shape: [1, 21, 21]), degrees: 45).doubles
    #expect(slanted[9 * 21 + 14] > 0.2)
    #expect(slanted[11 * 21 + 14] == 0)
  }

  @Test("the angle of motion is the first draw's share of the way from -45° to 45°")
  func motionAngle() throws {
    let image = RandomGenerator(seed: 4).uniform([1, 16, 16])
    let corruption = try MotionBlur(severity: Severity(5))
    for seed in 0..<10 as Range<UInt64> {
      var draws = SplitMix64(from: RandomGenerator(seed: seed))
      let degrees = 90 * draws.uniform(in: 0..<1) - 45
      let found = corruption.corrupt(image, using: RandomGenerator(seed: seed))
      #expect(found.doubles == corruption.corrupt(image, degrees: degrees).doubles, "\(degrees)")
    }
  }

  @Test("motion goes all ways from -45° to 45°") func motionDraws() throws {
    var values = [Float](repeating: 0, count: 21 * 21)
    values[10 * 21 + 15] = 1
    let corruption = try MotionBlur(severity: Severity(5))
    let images = Tensor(values, shape: [1, 1, 21, 21]).expanded([300, 1, 21, 21])
    let blurred = try corruption.applied(to: images, indices: Array(0..<300), seed: 5)
    // Four steps to the left light stands between four rows up and four rows down, once in each
    // sample. Of 300 angles θ the row is -4 tan θ on average 0, with a deviation of 0.13.
    let rows = (0..<300).map { sample in
      let image = blurred[sample].doubles
      return (0..<21).filter { image[$0 * 21 + 11] > 0 }
    }
    #expect(rows.allSatisfy { $0.allSatisfy((5...15).contains) })
    let means = rows.map { Double($0.reduce(0, +)) / Double($0.count) - 10 }
    let mean = means.reduce(0, +) / 300
    #expect(abs(mean) < 0.6)
    #expect(means.min()! < -3 && means.max()! > 3)
  }

  @Test("a bright pixel out of focus becomes the smoothed disk") func disk() throws {
    // Radius 1 and a smoothing of deviation 0.2: a cross of five fifths, hardly smoothed.
    var values = [Float](repeating: 0, count: 31 * 31)
    values[15 * 31 + 15] = 1
    let image = try DefocusBlur(severity: Severity(4))
      .corrupt(Tensor(values, shape: [1, 31, 31]), using: RandomGenerator(seed: 0)).doubles
    let near = exp(-12.5)
    let (w0, w1) = (1 / (1 + 2 * near), near / (1 + 2 * near))
    func cross(_ x: Int, _ y: Int) -> Double { abs(x) + abs(y) <= 1 ? 0.2 : 0 }
    for y in -15...15 {
      for x in -15...15 {
        let weight = (-1...1).reduce(0) { sum, dy in
          sum
            + (-1...1).reduce(0) {
              $0 + (dy == 0 ? w0 : w1) * ($1 == 0 ? w0 : w1) * cross(x + $1, y + dy)
            }
        }
        let difference = (weight - image[(15 + y) * 31 + 15 + x]) * 255
        #expect(difference > -1e-3 && difference < 1, "\(x) \(y)")
      }
    }
  }

  @Test("a disk of radius above 8 is smoothed over 5 x 5") func wideSmoothing() throws {
    // Levels of opencv, at places where smoothing over 3 x 3 gives one less.
    let shape = [3, 136, 24]
    let image = Tensor(PublishedLevels.image(shape).map { Float($0) / 255 }, shape: shape)
    let blurred = try DefocusBlur(severity: Severity(5))
      .corrupt(image, using: RandomGenerator(seed: 0)).doubles
    for (y, x, level) in [(12, 4, 134), (19, 18, 125), (25, 4, 129), (31, 21, 137)] {
      #expect(Int((blurred[y * 24 + x] * 255).rounded()) == level)
    }
  }

  @Test("Gaussian blur is symmetric and keeps the light") func gaussianSymmetry() throws {
    var values = [Float](repeating: 0, count: 15 * 15)
    values[7 * 15 + 7] = 1
    let image = try GaussianBlur(severity: Severity(5))
      .corrupt(Tensor(values, shape: [1, 15, 15]), using: RandomGenerator(seed: 0)).doubles
    for y in 0..<15 {
      for x in 0..<15 {
        #expect(image[y * 15 + x] == image[x * 15 + y])
        #expect(image[y * 15 + x] == image[y * 15 + 14 - x])
      }
    }
    // σ = 1: the middle has 1 / (2 π) of the light, whatever of it is cut down to levels.
    let middle = 255 / (2 * Double.pi)
    #expect(abs(image[7 * 15 + 7] * 255 - middle) < 1.5)
  }

  @Test("zoom leaves the middle and draws the rest outwards") func zoom() {
    // A bright middle grows, for every factor sees it as large as before or larger.
    let image = Tensor(
      (0..<32 * 32).map { place -> Float in
        let (y, x) = (place / 32, place % 32)
        return (12..<20).contains(x) && (12..<20).contains(y) ? 1 : 0
      }, shape: [1, 32, 32])
    let sums = Severity.all.map { severity in
      let zoomed = ZoomBlur(severity: severity).corrupt(image, using: RandomGenerator(seed: 0))
      #expect(zoomed.doubles[15 * 32 + 15] == 1)
      return zoomed.sum().item
    }
    #expect(sums == sums.sorted() && sums[0] > 64)
  }
}
