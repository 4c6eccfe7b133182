import Robustness
import Tensors
import Testing

/// At severity 1 of small images σ = 0.05 smooths nothing and δ = 1: what is seen is the moving.
@Suite("Glass blur")
struct GlassBlurTests {
  /// Levels 0, 1, 2, ... over 9 rows of 7.
  static let levels = Array(0..<63)

  /// The levels after moves by draws that repeat.
  func moved(_ draws: [Int], severity level: Int = 1) throws -> [Int] {
    let image = Tensor(Self.levels.map { Float($0) / 255 }, shape: [1, 9, 7])
    var count = 0
    let result = try GlassBlur(severity: Severity(level)).corrupt(image) { bound in
      #expect(bound == 2)
      defer { count += 1 }
      return draws[count % draws.count]
    }
    return result.doubles.map { Int(($0 * 255).rounded()) }
  }

  /// What comes of pixels (x, y) other than in the first two rows and columns taking the level at
  /// (x + dx, y + dy) of the image before.
  func shifted(dx: Int, dy: Int) -> [Int] {
    (0..<63).map { place in
      let (y, x) = (place / 7, place % 7)
      return y > 1 && x > 1 ? (y + dy) * 7 + x + dx : place
    }
  }

  @Test("no distance changes nothing") func identity() throws {
    #expect(try moved([1]) == Self.levels)
  }

  @Test("dx is drawn before dy, and from -δ on") func directions() throws {
    // Sources lie before their targets in an order that runs backwards: none has been changed.
    #expect(try moved([0, 1]) == shifted(dx: -1, dy: 0))
    #expect(try moved([1, 0]) == shifted(dx: 0, dy: -1))
    #expect(try moved([0]) == shifted(dx: -1, dy: -1))
  }

  @Test("pixels are copied, not exchanged") func copies() throws {
    // Only the very first pixel moves: its level is lost and its neighbour's seen twice.
    var draws = [Int](repeating: 1, count: 2 * 7 * 5)
    (draws[0], draws[1]) = (0, 0)
    var expected = Self.levels
    expected[8 * 7 + 6] = expected[7 * 7 + 5]
    #expect(try moved(draws) == expected)
  }

  @Test("every step is drawn as often") func uniform() throws {
    let image = Tensor(Self.levels.map { Float($0) / 255 }, shape: [1, 1, 9, 7])
    let glass = try GlassBlur(severity: Severity(1))
      .applied(to: image.expanded([400, 1, 9, 7]), indices: Array(0..<400), seed: 11)
    // The last pixel is the first to move, so that its level tells its step.
    let steps = (0..<400).map { Int((glass[$0].doubles[62] * 255).rounded()) }
    for source in [62, 61, 55, 54] {
      // 100 expected, with a deviation of 8.7.
      #expect(abs(steps.count { $0 == source } - 100) < 40)
    }
    #expect(Set(steps) == [62, 61, 55, 54])
  }

  @Test("all channels move together") func channels() throws {
    let plane = Tensor(Self.levels.map { Float($0) / 255 }, shape: [1, 9, 7])
    let image = Tensor.concatenated([plane, plane + 0.4, plane + 0.2], along: 0)
    let glass = try GlassBlur(severity: Severity(1))
      .corrupt(image, using: RandomGenerator(seed: 1)).doubles
    #expect(Array(glass[..<63]) != Self.levels.map { Double(Float($0) / 255) })
    for place in 0..<63 {
      #expect(abs(glass[63 + place] - glass[place] - 0.4) < 1e-6)
      #expect(abs(glass[126 + place] - glass[place] - 0.2) < 1e-6)
    }
  }
}
