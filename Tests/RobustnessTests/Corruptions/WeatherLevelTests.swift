import Robustness
import Tensors
import TestSupport
import Testing

@Suite("Weather and digital corruptions and what the published scripts make")
struct WeatherLevelTests {
  @Test(
    "every level is the reference's, for all severities and tables of constants",
    arguments: [
      "snow", "frost", "fog", "spatter", "elastic-transform", "pixelate", "jpeg-compression",
    ])
  func levels(name: String) throws {
    let golden = try Golden("weather_u8")
    var count = 0
    for key in golden.tensors.keys.sorted() where key.hasPrefix("\(name).") {
      let parts = key.split(separator: ".")
      let level = try #require(Int(parts[1]))
      let expected = golden[key]
      let found = try WeatherFixture.levels(name, level: level, shape: expected.shape)
      let worst = zip(found, expected.doubles).map { abs($0 - Int($1)) }.max()
      #expect(worst == 0, "\(key)")
      count += 1
    }
    #expect(count == (name == "spatter" ? 21 : 20))
  }
}
