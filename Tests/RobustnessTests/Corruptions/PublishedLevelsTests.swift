import Robustness
import Tensors
import TestSupport
import Testing

@Suite("Corruptions and what the published scripts make")
struct PublishedLevelsTests {
  /// Compares levels of `corrupt(image, severity)` with the published ones, of all sizes.
  func expect(
    _ name: String, _ corrupt: (Tensor, Severity) -> Tensor,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let published = try Golden("levels_u8")[name]
    for (place, shape) in PublishedLevels.shapes.enumerated() {
      let levels = PublishedLevels.image(shape)
      let image = Tensor(levels.map { Float($0) / 255 }, shape: shape)
      for severity in Severity.all {
        let corrupted = corrupt(image, severity).doubles.map { $0 * 255 }
        let found = (0..<16).map { corrupted[97 * $0 % corrupted.count] }
        let expected = published[place][severity.level - 1].doubles
        let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(
          difference < 1e-4, "\(name), \(shape) at severity \(severity): \(found)",
          sourceLocation: location)
      }
    }
  }

  @Test(
    "corruptions without draws",
    arguments: [
      ("gaussian-blur", GaussianBlur.init), ("defocus-blur", DefocusBlur.init),
      ("zoom-blur", ZoomBlur.init), ("brightness", Brightness.init), ("contrast", Contrast.init),
      ("saturate", Saturate.init),
    ] as [(String, @Sendable (Severity) -> any Corruption)])
  func fixed(name: String, make: @Sendable (Severity) -> any Corruption) throws {
    try expect(name) { make($1).corrupt($0, using: RandomGenerator(seed: 0)) }
  }

  @Test("glass blur, for the same draws") func glassBlur() throws {
    try expect("glass-blur") { image, severity in
      var draws = PublishedLevels.Draws()
      return GlassBlur(severity: severity).corrupt(image) { draws.next(below: $0) }
    }
  }

  @Test("motion blur, for the same angles") func motionBlur() throws {
    try expect("motion-blur") { image, severity in
      MotionBlur(severity: severity)
        .corrupt(image, degrees: PublishedLevels.angles[severity.level - 1])
    }
  }
}
