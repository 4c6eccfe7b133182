/// Settings as they stand in a configuration file: nested mappings with scalars and lists.
///
/// Typed settings are encoded into a tree, overrides are merged into it key by key, and the result
/// is decoded back, so that a new setting is one property and nothing else.
public indirect enum ConfigurationTree: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([ConfigurationTree])
  /// Keys in the order of their declaration, each of them once.
  case mapping([Entry])

  /// A key of a mapping with its value.
  public struct Entry: Hashable, Sendable {
    /// The name in its own mapping, without those above it.
    public let key: String
    /// What stands under the key: a mapping of its own, a list or a scalar.
    public var value: ConfigurationTree

    public init(_ key: String, _ value: ConfigurationTree) {
      self.key = key
      self.value = value
    }
  }

  /// A scalar or list with its dotted key, such as `training.epochs`.
  public struct Leaf: Hashable, Sendable {
    /// The names from the root down, joined by dots.
    public let key: String
    /// The scalar or the list itself.
    public let value: ConfigurationTree
  }

  /// The value at a path of keys; nil if there is none.
  public subscript(path: [String]) -> ConfigurationTree? {
    guard let key = path.first else { return self }
    guard case .mapping(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value[Array(path.dropFirst())]
  }

  /// All that is not a mapping, in order.
  public var leaves: [Leaf] { leaves(under: []) }

  private func leaves(under path: [String]) -> [Leaf] {
    guard case .mapping(let entries) = self else {
      return [Leaf(key: path.joined(separator: "."), value: self)]
    }
    return entries.flatMap { $0.value.leaves(under: path + [$0.key]) }
  }

  /// What kind of value this is, for an error.
  var kind: String {
    switch self {
    case .null: "nothing"
    case .bool: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .list(let elements): elements.first.map { "a list, each element \($0.kind)" } ?? "a list"
    case .mapping(let entries):
      "a mapping with the keys " + entries.map(\.key).joined(separator: ", ")
    }
  }
}

extension ConfigurationTree: CustomStringConvertible {
  /// The value on one line, as YAML.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): Self.numeral(value)
    case .string(let value): Self.scalar(value)
    case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }

  /// The shortest digits that mean this number, with a point, so that every YAML reader sees a
  /// number and never an integer or a string.
  private static func numeral(_ value: Double) -> String {
    if value.isNaN { return ".nan" }
    if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
    let digits = "\(value)"
    guard let exponent = digits.firstIndex(of: "e"), !digits.contains(".") else { return digits }
    return digits[..<exponent] + ".0" + digits[exponent...]
  }
}
