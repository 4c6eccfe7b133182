import Runs
import TestSupport
import Testing

@Suite struct ConfigurationTreeTests {
  private struct Example: Codable, Equatable {
    enum Kind: String, Codable, CaseIterable { case first, second = "second-kind" }
    struct Part: Codable, Equatable {
      var flag = true
      var values = [1.5, 2]
    }

    var count: UInt64 = 3
    var rate: Float = 0.25
    var name = "true"
    var kind = Kind.second
    var part = Part()
    var parts = [Part(), Part(flag: false, values: [])]
    var absent: Part?
    var limit: Int?
  }

  @Test("Encoding keeps the order of declaration, and optionals that are nil")
  func encoding() throws {
    let yaml = try ConfigurationTree(encoding: Example()).yaml
    #expect(
      yaml == """
        count: 3
        rate: 0.25
        name: "true"
        kind: second-kind
        part:
          flag: true
          values: [1.5, 2.0]
        parts: [{flag: true, values: [1.5, 2.0]}, {flag: false, values: []}]
        absent: null
        limit: null

        """)
  }

  @Test("What was encoded decodes to itself")
  func roundTrip() throws {
    let tree = try ConfigurationTree(encoding: Example())
    #expect(try tree.decoded(as: Example.self) == Example())
    let other = Example(name: "7", kind: .first, absent: .init(), limit: 4)
    #expect(try ConfigurationTree(encoding: other).decoded(as: Example.self) == other)
  }

  @Test("An optional setting that is absent can be given, in one piece or several")
  func optionals() throws {
    let tree = try ConfigurationTree(encoding: Example())
    let overrides = try ConfigurationOverride.yaml(
      "absent: {flag: false, values: [3]}\nlimit: 4", source: "a.yaml")
    let example = try tree.applying(overrides).decoded(as: Example.self)
    #expect(example.absent == .init(flag: false, values: [3]))
    #expect(example.limit == 4)
    let given = try tree.applying(overrides)
    let removed = try given.applying([.init(["absent"], .null, origin: "--set")])
    #expect(try removed.decoded(as: Example.self).absent == nil)
  }

  @Test("Decoding says where, what was expected and what was found")
  func decodingErrors() throws {
    let tree = try ConfigurationTree(encoding: Example())
    func message(_ path: [String], _ value: ConfigurationTree) throws -> String {
      let changed = try tree.applying([.init(path, value, origin: "--set")])
      return TestSupport.message { _ = try changed.decoded(as: Example.self, at: "model") }
    }
    #expect(
      try message(["kind"], .string("third"))
        == "model.kind: expected one of first, second-kind, found third")
    #expect(
      try message(["count"], .integer(-1))
        == "model.count: expected an integer of at least 0, found -1")
    #expect(
      try message(["absent", "flag"], .bool(true))
        == "model.absent.values: expected a value, found nothing")
  }

  @Test(
    "Strings that look like something else are quoted",
    arguments: [
      "true", "null", "12", "1e5", "a: b", "", " a", "#x", "~",
      "2026-11-21", "é\n\"", "no",
    ])
  func quoting(_ string: String) throws {
    let tree = ConfigurationTree.mapping([.init("key", .string(string))])
    let read = try ConfigurationOverride.yaml(tree.yaml, source: "a")
    #expect(read.map(\.value) == [.string(string)], "\(tree.yaml)")
  }

  @Test(
    "Numbers keep every bit, and stay numbers for readers of YAML 1.1",
    arguments: [0.1, 1e-5, 1e300, -2.5e-17, 3, 0.6428571428571429])
  func numbers(_ number: Double) throws {
    let tree = ConfigurationTree.mapping([.init("key", .number(number))])
    #expect(tree.yaml.contains("."))
    #expect(
      try ConfigurationOverride.yaml(tree.yaml, source: "a").map(\.value) == [.number(number)])
  }
}
