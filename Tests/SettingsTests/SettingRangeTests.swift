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

  private struct Settings: Codable {
    struct Group: Codable {
      var count = 1
      var shares: [Double] = [0.5]
    }
    var group = Group()
    var optional: Group?
    var flag = true
    var name = "x"
    var free = 1e300
  }

  private static let notes: SettingNotes = [
    "group.count": .init("how many", .integers(1...9)),
    "group.shares": .init("of each", .share),
    "optional.count": .init("how many", .integers(1...9)),
    "name": "of it",
  ]

  private func refused(_ change: (inout Settings) -> Void) -> String? {
    var settings = Settings()
    change(&settings)
    do {
      try Self.notes.check(settings)
      return nil
    } catch {
      return error.setting
    }
  }

  @Test("Numbers in groups, lists and optionals are found by the keys of their coding")
  func check() {
    #expect(refused { _ in } == nil)
    #expect(refused { $0.group.count = 0 } == "group.count")
    #expect(refused { $0.group.shares = [0, 1, 1.5] } == "group.shares")
    #expect(refused { $0.optional = .init(count: .max) } == "optional.count")
    #expect(refused { $0.group.shares = Array(repeating: 0, count: 1001) } == "group.shares")
    #expect(Self.notes["group.count"]?.comment == "how many [1, 9]")
    #expect(Self.notes["name"]?.comment == "of it")
    let error = #expect(throws: SettingsError.self) {
      try Self.notes.prefixed("model").check(Settings(group: .init(count: 10)), at: "model")
    }
    #expect(error?.setting == "model.group.count" && error?.found == "10")
  }
}
