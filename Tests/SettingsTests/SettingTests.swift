import Foundation
import Settings
import Testing

@Suite("Settings")
struct SettingTests {
  private enum Choice: String, Codable { case one, two }

  /// As of a module that has no notes.
  private struct Foreign: Codable, Hashable { var share = 0.5 }

  private struct Settings: Codable, Hashable {
    struct Group: Codable, Hashable {
      @Setting("how many", .integers(1...9)) var count: Int
      @Setting("of each", .share) var shares = [0.5]

      init(count: Int = 1) { self.count = count }
    }
    var group = Group()
    @Setting("which", .width) var widths: [Int]? = nil
    @Setting("of it") var name = "x"
    @Setting("chosen") var choice = Choice.one
    @Setting(SettingNote("foreign", below: ["share": SettingNote("its share", .share)]))
    var foreign = Foreign()
    @Setting("free") var free = 1e300
    var optional: Group?
  }

  private let encoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }()

  @Test("Coded as bare values; an optional without one is left out, as a plain one is")
  func coding() throws {
    var settings = Settings(name: "y")
    func json() throws -> String { String(decoding: try encoder.encode(settings), as: UTF8.self) }
    let rest = #""foreign":{"share":0.5},"free":2,"group":{"count":1,"shares":[0.5]},"name":"y""#
    (settings.choice, settings.free) = (.two, 2)
    #expect(try json() == #"{"choice":"two",\#(rest)}"#)
    #expect(try JSONDecoder().decode(Settings.self, from: Data(json().utf8)) == settings)
    settings.widths = [3]
    #expect(try json() == #"{"choice":"two",\#(rest),"widths":[3]}"#)
    #expect(try JSONDecoder().decode(Settings.self, from: Data(json().utf8)) == settings)
    let null = try json().replacingOccurrences(of: "[3]", with: "null")
    #expect(try JSONDecoder().decode(Settings.self, from: Data(null.utf8)).widths == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Settings.self, from: Data(#"{"choice":"two"}"#.utf8))
    }
  }

  @Test("Equal if the values are, whatever is said of them")
  func equality() {
    var (a, b) = (Settings(), Settings())
    a.group.$count.text = "narrower"
    #expect(a == b && Set([a, b]).count == 1)
    b.free = 0
    #expect(a != b)
  }

  @Test("Notes are found by the keys of the coding: in groups, of optionals, narrowed and foreign")
  func notes() {
    var settings = Settings()
    settings.group.$count.text = "how many now"
    let notes = SettingNotes(of: settings, at: "model")
    #expect(notes["model.group.count"]?.comment == "how many now [1, 9]")
    #expect(notes["model.group.shares"]?.range == .share)
    #expect(notes["model.widths"]?.text == "which" && notes["model.widths"]?.range == .width)
    #expect(notes["model.name"]?.comment == "of it")
    #expect(notes["model.foreign.share"]?.comment == "its share [0, 1]")
    #expect(notes["name"] == nil && notes["model.optional.count"] == nil)
    #expect((notes + SettingNotes(of: Settings()))["group.count"]?.text == "how many")
  }

  @Test("A number outside its range is refused by its key, in a value made or decoded")
  func ranges() throws {
    let notes = SettingNotes(of: Settings(optional: Settings.Group()))
    func refused(_ change: (inout Settings) -> Void) throws -> String? {
      var settings = Settings()
      change(&settings)
      func refusal(_ settings: Settings) -> String? {
        do {
          try notes.check(settings)
          return nil
        } catch {
          return "\(error.setting): \(error.found)"
        }
      }
      let read = try JSONDecoder().decode(Settings.self, from: encoder.encode(settings))
      #expect(refusal(read) == refusal(settings))
      return refusal(settings)
    }
    #expect(try refused { _ in } == nil)
    #expect(try refused { $0.group.count = 0 } == "group.count: 0")
    #expect(try refused { $0.group.shares = [0, 1, 1.5] } == "group.shares: 1.5")
    #expect(
      try refused { $0.group.shares = Array(repeating: 0, count: 1001) } == "group.shares: 1001")
    #expect(try refused { $0.widths = [1, 0] } == "widths: 0")
    #expect(try refused { $0.foreign.share = 2 } == "foreign.share: 2.0")
    #expect(try refused { $0.optional = .init(count: 10) } == "optional.count: 10")
    let error = #expect(throws: SettingsError.self) {
      try SettingNotes(of: Settings(), at: "model").check(
        Settings(group: .init(count: 10)), at: "model")
    }
    #expect(error?.setting == "model.group.count" && error?.expected == "an integer from 1 to 9")
  }
}
