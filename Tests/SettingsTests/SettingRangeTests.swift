import Settings
import Testing

@Suite("Ranges of settings")
struct SettingRangeTests {
  @Test("A bound belongs to a range or not, as its interval says")
  func bounds() {
    let cases: [(SettingRange, String, [Double], [Double])] = [
      (.integers(1...3), "[1, 3]", [1, 2, 3], [0, 4, 1.5, .nan]),
      (.numbers(-1...1), "[-1, 1]", [-1, 0.5, 1], [-1.1, 1.1, .infinity]),
      (.positiveShare, "(0, 1]", [Double.leastNonzeroMagnitude, 1], [0, -0.0, 1.1, .nan]),
      (.shareBelowOne, "[0, 1)", [0, 0.99], [1, -0.1, .nan]),
      (.innerShare, "(0, 1)", [0.5], [0, 1]),
      (.above(1, upTo: 2), "(1, 2]", [1.1, 2], [1, 2.1]),
      (
        .positive(upTo: .greatestFiniteMagnitude), "(0, ∞)", [1e300, .greatestFiniteMagnitude],
        [0, .infinity]
      ),
    ]
    for (range, interval, inside, outside) in cases {
      #expect(range.description == interval)
      for value in inside { #expect(range.contains(value), "\(value) in \(interval)") }
      for value in outside { #expect(!range.contains(value), "\(value) in \(interval)") }
    }
  }

  @Test("In words")
  func expectations() {
    #expect(SettingRange.width.expectation == "an integer from 1 to 65536")
    #expect(SettingRange.weight.expectation == "a number from 0 to 1000000")
    #expect(SettingRange.positive.expectation == "a number above 0, up to 1000000")
    #expect(SettingRange.innerShare.expectation == "a number in (0, 1)")
    #expect(
      SettingRange.positive(upTo: .greatestFiniteMagnitude).expectation == "a number above 0")
  }
}
