import Robustness
import Tensors
import Testing

@Suite("Corruptions and what the published scripts make")
struct PublishedLevelsTests {
  /// Compares levels of `corrupt(image, severity)` with the published ones, of all sizes.
  func expect(
    _ published: [[[Int]]], _ corrupt: (Tensor, Severity) -> Tensor,
    location: SourceLocation = #_sourceLocation
  ) {
    for (shape, rows) in zip(PublishedLevels.shapes, published) {
      let levels = PublishedLevels.image(shape)
      let image = Tensor(levels.map { Float($0) / 255 }, shape: shape)
      for (severity, expected) in zip(Severity.all, rows) {
        let corrupted = corrupt(image, severity).doubles.map { $0 * 255 }
        let found = (0..<16).map { corrupted[97 * $0 % corrupted.count] }
        let difference = zip(found, expected).map { abs($0 - Double($1)) }.max() ?? .infinity
        #expect(
          difference < 1e-4, "\(shape) at severity \(severity): \(found)", sourceLocation: location)
      }
    }
  }

  /// As `expect`, for corruptions without draws.
  func expect<Fixed: Corruption>(
    _ published: [[[Int]]], _ make: (Severity) -> Fixed,
    location: SourceLocation = #_sourceLocation
  ) {
    expect(
      published, { make($1).corrupt($0, using: RandomGenerator(seed: 0)) }, location: location)
  }

  @Test("Gaussian blur") func gaussianBlur() {
    expect(PublishedLevels.gaussianBlur, GaussianBlur.init)
  }

  @Test("defocus blur") func defocusBlur() {
    expect(PublishedLevels.defocusBlur, DefocusBlur.init)
  }

  @Test("zoom blur") func zoomBlur() { expect(PublishedLevels.zoomBlur, ZoomBlur.init) }

  @Test("brightness") func brightness() { expect(PublishedLevels.brightness, Brightness.init) }

  @Test("contrast") func contrast() { expect(PublishedLevels.contrast, Contrast.init) }

  @Test("saturate") func saturate() { expect(PublishedLevels.saturate, Saturate.init) }

  @Test("glass blur, for the same draws") func glassBlur() {
    expect(PublishedLevels.glassBlur) { image, severity in
      var draws = PublishedLevels.Draws()
      return GlassBlur(severity: severity).corrupt(image) { draws.next(below: $0) }
    }
  }

  @Test("motion blur, for the same angles") func motionBlur() {
    expect(PublishedLevels.motionBlur) { image, severity in
      MotionBlur(severity: severity)
        .corrupt(image, degrees: PublishedLevels.angles[severity.level - 1])
    }
  }
}
