import Catalogs
import Evaluations
import Failures
import Foundation
import Runs
import Verification
import Yams

/// A place of a system's file: a value with the key that leads to it and its line.
struct SystemEntry {
  private let node: Node?
  private let key: String
  private let path: String

  init(_ node: Node?, path: String, key: String = "") {
    self.node = node
    self.path = path
    self.key = key
  }

  // MARK: - Errors

  private var location: String { node?.mark.map { "\(path):\($0.line)" } ?? path }
  private var prefix: String { key.isEmpty ? "" : "\(key.echoed()): " }

  func failure(_ expected: String, found: String) -> SystemFileError {
    SystemFileError(location, "\(prefix)expected \(expected), found \(found.echoed(limit: 120))")
  }

  func failure(_ error: some Error) -> SystemFileError {
    SystemFileError(location, "\(prefix)\(error)")
  }

  /// What is wrong with the system as a whole, at the place that it is about.
  func failure(
    _ error: DynamicalSystemError, _ equilibrium: SystemEntry, _ box: SystemEntry
  ) -> SystemFileError {
    switch error {
    case .outsideBox, .extremeWidth, .unbounded: SystemFileError(box.location, "\(error)")
    default: SystemFileError(equilibrium.location, "\(error)")
    }
  }

  private var found: String {
    switch node {
    case nil: "nothing"
    case .scalar(let scalar)?: scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
    case .sequence(let list)?: "a list of \(list.count)"
    case .mapping?: "keys with values"
    case .alias?: "an alias"
    }
  }

  // MARK: - Parts

  /// The entry of a key; nil if there is none.
  subscript(name: String) -> SystemEntry? {
    guard case .mapping(let mapping)? = node else { return nil }
    guard let value = mapping.first(where: { $0.key.scalar?.string == name })?.value else {
      return nil
    }
    return SystemEntry(value, path: path, key: key.isEmpty ? name : "\(key).\(name)")
  }

  func required(_ name: String, _ expected: String) throws(SystemFileError) -> SystemEntry {
    guard let entry = self[name] else {
      throw SystemFileError(path, "\(prefix)\(name): expected \(expected), found nothing")
    }
    return entry
  }

  /// - Throws: if this is no mapping, or has other keys or one of them twice.
  func requireKeys(_ known: [String]) throws(SystemFileError) {
    guard case .mapping(let mapping)? = node else {
      throw failure("the keys " + known.joined(separator: ", "), found: found)
    }
    var seen: Set<String> = []
    for (key, _) in mapping {
      let name = key.scalar?.string ?? ""
      let place = SystemEntry(key, path: path, key: self.key)
      guard known.contains(name) else {
        let similar = name.nearestName(of: known).map { "Did you mean \($0)?" }
        throw SystemFileError(
          place.location,
          "\(prefix)there is no key '\(name.echoed())'. "
            + (similar ?? "Known are \(known.map { $0.echoed() }.joined(separator: ", "))."))
      }
      guard seen.insert(name).inserted else {
        throw SystemFileError(place.location, "\(prefix)the key '\(name)' occurs twice")
      }
    }
  }

  private func elements(_ expected: String) throws(SystemFileError) -> [SystemEntry] {
    guard case .sequence(let list)? = node else { throw failure(expected, found: found) }
    return list.map { SystemEntry($0, path: path, key: key) }
  }

  // MARK: - Values

  func string() throws(SystemFileError) -> String {
    guard case .scalar(let scalar)? = node, !scalar.string.isEmpty else {
      throw failure("a text", found: found)
    }
    return scalar.string
  }

  /// A list of different names.
  func names() throws(SystemFileError) -> [String] {
    var names: [String] = []
    for entry in try elements("a list of names, such as [x, y]") {
      let name = try entry.string()
      try entry.requireName(name, besides: names)
      names.append(name)
    }
    guard !names.isEmpty else { throw failure("at least one state", found: "none") }
    return names
  }

  private func requireName(_ name: String, besides taken: [String]) throws(SystemFileError) {
    guard name.isFormulaName, FormulaFunction(rawValue: name) == nil, name != "pi" else {
      throw failure(
        "a name of letters, digits and _ that is none of pi and the functions", found: "'\(name)'")
    }
    guard !taken.contains(name) else {
      throw failure("different names", found: "'\(name)' twice")
    }
  }

  func formula() throws(SystemFileError) -> Formula {
    let text: String
    if case .scalar(let scalar)? = node {
      text = scalar.string
    } else {
      throw failure("a formula", found: found)
    }
    do {
      return try Formula(text)
    } catch {
      throw failure(error)
    }
  }

  /// A number, or a formula of parameters.
  func number(_ parameters: [String: Double]) throws(SystemFileError) -> Double {
    let formula = try formula()
    do {
      return try formula.value(parameters)
    } catch {
      throw failure(error)
    }
  }

  /// Numbers by name, each perhaps a formula of those above it.
  func parameters(besides states: [String]) throws(SystemFileError) -> [String: Double] {
    guard case .mapping(let mapping)? = node else {
      throw failure("names with numbers", found: found)
    }
    var values: [String: Double] = [:]
    for (key, _) in mapping {
      let name = key.scalar?.string ?? ""
      let place = SystemEntry(key, path: path, key: self.key)
      try place.requireName(name, besides: states + values.keys)
      values[name] = try self[name]!.number(values)
    }
    return values
  }

  /// A formula for each state, under its name.
  func formulas(
    of states: [String]
  ) throws(SystemFileError) -> [(formula: Formula, entry: SystemEntry)] {
    try requireKeys(states)
    var formulas: [(Formula, SystemEntry)] = []
    for state in states {
      let entry = try required(state, "the rate of change of \(state)")
      formulas.append((try entry.formula(), entry))
    }
    return formulas
  }

  /// A number for each state: a list in their order, or by name.
  func numbers(
    of states: [String], _ parameters: [String: Double]
  ) throws(SystemFileError) -> [Double] {
    var numbers: [Double] = []
    for entry in try each(of: states, "\(states.count) numbers, one for each state") {
      numbers.append(try entry.number(parameters))
    }
    return numbers
  }

  /// An interval for each state: a list in their order, or by name.
  func intervals(
    of states: [String], _ parameters: [String: Double]
  ) throws(SystemFileError) -> [ClosedRange<Double>] {
    var intervals: [ClosedRange<Double>] = []
    for entry in try each(of: states, "an interval [low, high] for each state") {
      let ends = try entry.elements("an interval [low, high]")
      guard ends.count == 2 else {
        throw entry.failure("an interval [low, high]", found: "a list of \(ends.count)")
      }
      let (low, high) = (try ends[0].number(parameters), try ends[1].number(parameters))
      guard low < high else {
        throw entry.failure(
          "an interval whose low end is below the high one", found: "[\(low), \(high)]")
      }
      intervals.append(low...high)
    }
    return intervals
  }

  private func each(
    of states: [String], _ expected: String
  ) throws(SystemFileError) -> [SystemEntry] {
    if case .mapping? = node {
      try requireKeys(states)
      var entries: [SystemEntry] = []
      for state in states { entries.append(try required(state, "a value of \(state)")) }
      return entries
    }
    let entries = try elements(expected)
    guard entries.count == states.count else { throw failure(expected, found: found) }
    return entries
  }
}
