import Datasets
import Foundation
import Runs
import Tensors
import TestSupport
import Testing

@Suite("YAML from anyone is bounded before it is read")
struct ConfigurationTextTests {
  /// What is said of a document; nil if it is taken.
  private func refusal(_ text: String) -> String? {
    do {
      _ = try ConfigurationOverride.yaml(text, source: "a.yaml")
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("An anchor is refused by name, wherever it stands and whether or not it is used")
  func anchors() {
    let message = "expected values written out, without anchors and aliases, found"
    #expect(refusal("seed: 1\ndata: &part\n  limit: 1\n") == "a.yaml:2: \(message) &part")
    #expect(refusal("a: [&x 1, *x]") == "a.yaml:1: \(message) &x")
    #expect(refusal("&k seed: 1") == "a.yaml:1: \(message) &k")
    #expect(refusal("? {&k a: 1}\n: 2") == "a.yaml:1: \(message) &k")
    #expect(refusal("a: *x")?.contains("undefined alias") == true)
    #expect(
      throws: ConfigurationError.malformed(
        origin: "--set data=&a {limit: 1}:1",
        expected: "values written out, without anchors and aliases", found: "&a")
    ) { try ConfigurationOverride.setting("data=&a {limit: 1}") }
  }

  @Test("So many words that may be aliases are refused unread; fewer are words")
  func aliasMarks() {
    func note(_ count: Int) -> String {
      "seed: 1  # " + Array(repeating: "*really*", count: count).joined(separator: " ")
    }
    #expect(refusal(note(16)) == nil)
    #expect(
      refusal(note(17))
        == "a.yaml: expected values written out, without aliases, "
        + "found 17 words that begin with *")
    #expect(refusal("seed: 1 # \(String(repeating: "2 * 3 ", count: 50))") == nil)
  }

  @Test("Levels, nodes and bytes are bounded; what is at the bound is read")
  func bounds() {
    func nested(_ levels: Int) -> String {
      "a: " + String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(refusal(nested(16)) == nil)
    #expect(refusal(nested(17)) == "a.yaml:1: expected at most 16 levels, found more")
    func list(_ count: Int) -> String {
      "a: [" + Array(repeating: "1", count: count).joined(separator: ",") + "]"
    }
    // The mapping, its key and the list are nodes too.
    #expect(refusal(list(9997)) == nil)
    #expect(refusal(list(9998)) == "a.yaml:1: expected at most 10000 keys and values, found more")
    let line = "seed: 1 #"
    func long(_ bytes: Int) -> String {
      line + String(repeating: "x", count: bytes - line.utf8.count)
    }
    #expect(refusal(long(65_536)) == nil)
    #expect(refusal(long(65_537)) == "a.yaml: expected at most 65536 bytes, found 65537")
    let path = Array(repeating: "a", count: 17).joined(separator: ".")
    #expect(throws: ConfigurationError.self) { try ConfigurationOverride.setting("\(path)=1") }
  }

  @Test("Hundreds of levels are refused in blocks, lists and mappings alike")
  func levels() {
    let texts = [
      "a: " + String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
      "a:\n  " + String(repeating: "- ", count: 300) + "1",
      String(repeating: "{a: ", count: 300) + "1" + String(repeating: "}", count: 300),
    ]
    for text in texts { #expect(refusal(text)?.contains("at most 16 levels") == true) }
  }

  @Test("A file is read no further than its bound, and has to be text")
  func files() throws {
    let temporary = try TemporaryFolder()
    let long = try temporary.write(String(repeating: "#", count: 1 << 20), to: "long.yaml")
    #expect(throws: ConfigurationError.self) { try ConfigurationOverride.file(at: long) }
    let bytes = temporary.url.appendingPathComponent("bytes.yaml")
    try Data([0x61, 0x3A, 0x20, 0xFF]).write(to: bytes)
    #expect {
      try ConfigurationOverride.file(at: bytes)
    } throws: {
      "\($0)".contains("expected text in UTF-8")
    }
    let marked = try temporary.write("\u{FEFF}seed: 5\n", to: "marked.yaml")
    #expect(try Configuration.resolved(ConfigurationOverride.file(at: marked)).seed == 5)
  }

  @Test("A key that occurs twice is refused")
  func duplicates() {
    #expect(refusal("seed: 1\nseed: 2\n")?.contains("seed") == true)
    #expect(refusal("data: {limit: 1, limit: 2}") != nil)
  }

  @Test(
    "Numbers are decimal: what YAML 1.1 reads otherwise than people do is none",
    arguments: ["010", "0o17", "0x10", "0b11", "1:30", "-017", "0_7", "1e400", "1:30.5"])
  func numbers(_ text: String) throws {
    for key in ["training.epochs", "training.learningRate"] {
      #expect(throws: ConfigurationError.self) {
        try Configuration.resolved(ConfigurationOverride.setting("\(key)=\(text)"))
      }
    }
  }

  @Test("The usual ways to write numbers and truth values mean what they say")
  func usualScalars() throws {
    func value(_ text: String) throws -> ConfigurationTree {
      try #require(ConfigurationOverride.setting("x=\(text)").first).value
    }
    #expect(try value("0") == .integer(0))
    #expect(try value("-12") == .integer(-12))
    #expect(try value("1_000") == .integer(1000))
    #expect(try value("0.5") == .number(0.5))
    #expect(try value("1e-3") == .number(1e-3))
    #expect(try value("0e5") == .number(0))
    #expect(try value("yes") == .bool(true))
    #expect(try value("off") == .bool(false))
    #expect(try value("8/255") == .string("8/255"))
    #expect(try value("folder:1:30") == .string("folder:1:30"))
    #expect(try value("'010'") == .string("010"))
  }

  @Test("What an error shows of a file is one short line without control characters")
  func excerpts() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.resolved(
        ConfigurationOverride.yaml(
          "training: {epochs: \"\\e[2J\(String(repeating: "long", count: 1000))\"}", source: "a"))
    }
    let message = try #require(error?.description)
    #expect(message.count < 300 && !message.contains("\u{1B}") && !message.contains("\n"))
  }

  @Test("Damaged configurations are read or refused, thousands of them")
  func damaged() throws {
    let whole = try Configuration.defaults(method: "zubov-net", data: "toy-2d").yaml
    let texts = [
      "method: anode\ntraining: {epochs: 3, milestones: [0.5, 1]}\nmodel: {extraDimensions: 4}\n",
      "data:\n  name: toy-2d\n  augmentation: []\nseed: 7 # why\nprecision: \"float64\"\n",
      String(whole.prefix(600)),
    ].map { Array($0.utf8) }
    var outcomes = (taken: 0, refused: 0)
    for index in 0..<2000 {
      var generator = SplitMix64(seed: 1, stream: "configuration", index: index)
      let text = String(decoding: damaged(texts, using: &generator), as: UTF8.self)
      do {
        let overrides = try ConfigurationOverride.yaml(text, source: "x")
        let configuration = try Configuration.resolved(overrides)
        outcomes.taken += 1
        let again = try ConfigurationOverride.yaml(configuration.yaml, source: "again")
        #expect(try Configuration.resolved(again) == configuration, "\(text)")
      } catch {
        #expect(!"\(error)".isEmpty)
        outcomes.refused += 1
      }
    }
    // Both happen, or the damage is not what it should be.
    #expect(outcomes.taken > 100 && outcomes.refused > 500, "\(outcomes)")
  }

  private func damaged(_ texts: [[UInt8]], using generator: inout SplitMix64) -> [UInt8] {
    let pieces = [
      "*a", "&a ", "[", "]", "{", "}", ", ", ": ", "\n  ", "- ", "? ", "!!int ", "!x ", "|\n", ">",
      "%YAML 1.2\n---\n", "...", "'", "\"", "<<: ", ".inf", ".nan", "1e400", "-1", "0",
      "9223372036854775807", "18446744073709551616", "null", "~", "true", "\t", "\u{0}", "\u{FEFF}",
      "é", "training.epochs", "model", "data: ",
    ]
    var bytes = texts.randomElement(using: &generator)!
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let end = min(bytes.count, place + Int.random(in: 1...12, using: &generator))
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.insert(contentsOf: pieces.randomElement(using: &generator)!.utf8, at: place)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      default:
        if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
      }
    }
    return bytes
  }
}
