import Foundation
import Methods
import Runs
import Settings
import Testing

@Suite("Every number of every method has a range, and is held to it")
struct MethodRangeTests {
  static let methods = MethodCatalog.all.map { $0.name }

  /// Numbers alone and in lists, by key.
  private func numbers(_ configuration: Configuration) throws -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    func add(_ value: ConfigurationTree, _ key: String) {
      switch value {
      case .integer(let integer): result[key, default: []].append(Double(integer))
      case .number(let number): result[key, default: []].append(number)
      case .list(let elements): for element in elements { add(element, key) }
      case .null, .bool, .string, .mapping: break
      }
    }
    for leaf in try configuration.tree.leaves { add(leaf.value, leaf.key) }
    return result
  }

  @Test("Every setting has a meaning; a number without a range nobody bounded", arguments: methods)
  func complete(_ name: String) throws {
    let method = try #require(MethodCatalog.method(named: name))
    for data in ["toy-2d", "digits", "cifar10"] {
      let configuration = try Configuration.defaults(method: name, data: data)
      let notes = Configuration.notes + method.notes(below: "model")
      for leaf in try configuration.tree.leaves {
        #expect(notes[leaf.key]?.text.isEmpty == false, "\(leaf.key) has no meaning")
      }
      for (key, values) in try numbers(configuration) where !["seed", "data.seed"].contains(key) {
        let range = try #require(notes[key]?.range, "\(key) has no range")
        for value in values { #expect(range.contains(value), "\(data): \(key) = \(value)") }
        for extreme in [Double(Int.max), 1e19, .nan, .infinity, -.infinity, -1e300] {
          #expect(!range.contains(extreme), "\(key) = \(extreme)")
        }
      }
    }
  }

  /// Of --set, for a number.
  static let extremes = [
    "-1", "9223372036854775807", "1000000000", "1e300", ".nan", ".inf", "''", "",
  ]

  @Test("--set with an extreme number is a configuration error that names the setting, or is taken")
  func extremeSettings() throws {
    let bounded = try numbers(Configuration.defaults(method: "zubov-cell", data: "toy-2d")).keys
    // Nothing overflows in a limit, a seed or a time that is never reached.
    let unbounded: Set = [
      "seed", "data.seed", "data.limit", "training.accuracySamples", "training.checkpointEvery",
      "training.checkpointSeconds",
    ]
    let usual = try ConfigurationOverride.yaml(
      "{method: zubov-cell, data: {name: toy-2d}}", source: "usual")
    for key in bounded.sorted() {
      for value in Self.extremes where value != "1000000000" || !unbounded.contains(key) {
        if value == "9223372036854775807", key.hasSuffix("seed") { continue }
        let error = #expect(throws: ConfigurationError.self, "\(key)=\(value)") {
          _ = try Configuration.resolved(usual + ConfigurationOverride.setting("\(key)=\(value)"))
        }
        #expect(error?.description.contains(key) == true)
      }
    }
  }

  @Test("An error of range names where the value came from")
  func origin() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.resolved(
        ConfigurationOverride.yaml("model:\n  backbone: {hidden: 1000000000}", source: "a.yaml"))
    }
    #expect(
      error?.description
        == "a.yaml:2: model.backbone.hidden: expected an integer from 1 to 65536, found 1000000000")
  }

  @Test("A list is held to the range of its elements, and to a length")
  func lists() throws {
    func message(_ setting: String) -> String? {
      #expect(throws: ConfigurationError.self) {
        try Configuration.resolved(ConfigurationOverride.setting(setting))
      }?.description
    }
    #expect(
      message("model.lyapunov.sizes=[64,100000,1]")?
        .hasSuffix("expected an integer from 1 to 65536, found 100000") == true)
    let long = "model.lyapunov.sizes=[\(Array(repeating: "1", count: 1001).joined(separator: ","))]"
    #expect(message(long)?.contains("at most 1000 values") == true)
    #expect(
      message("model.backbone.features.normalization={mean: [0], deviation: [0]}") != nil)
  }
}
