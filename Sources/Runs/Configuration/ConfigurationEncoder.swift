extension ConfigurationTree {
  /// Encodes settings, keys in the order of their declaration; an optional that is nil is `null`.
  ///
  /// - Throws: what `encode(to:)` of the value throws.
  public init(encoding value: some Encodable) throws {
    let node = Node()
    try node.encode(value)
    self = node.tree
  }
}

/// A place in a tree that is being built.
private final class Node {
  enum Content {
    case scalar(ConfigurationTree)
    case list([Node])
    case mapping([(key: String, node: Node)])
  }

  var content = Content.scalar(.null)

  var tree: ConfigurationTree {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .list(nodes.map(\.tree))
    case .mapping(let members): .mapping(members.map { .init($0.key, $0.node.tree) })
    }
  }

  func encode(_ value: any Encodable) throws {
    switch value {
    case let value as Bool: content = .scalar(.bool(value))
    case let value as String: content = .scalar(.string(value))
    case let value as any BinaryFloatingPoint: content = .scalar(.number(Double(value)))
    case let value as any BinaryInteger:
      guard let integer = Int(exactly: value) else {
        throw ConfigurationError.malformed(
          origin: "settings", expected: "an integer of 63 bits", found: "\(value)")
      }
      content = .scalar(.integer(integer))
    default: try value.encode(to: NodeEncoder(node: self))
    }
  }

  func append(key: String) -> Node {
    guard case .mapping(let members) = content else { preconditionFailure("not a mapping") }
    let node = Node()
    content = .mapping(members + [(key, node)])
    return node
  }

  func appendElement() -> Node {
    guard case .list(let nodes) = content else { preconditionFailure("not a list") }
    let node = Node()
    content = .list(nodes + [node])
    return node
  }
}

private struct NodeEncoder: Encoder, SingleValueEncodingContainer {
  let node: Node
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .mapping = node.content {} else { node.content = .mapping([]) }
    return KeyedEncodingContainer(Mapping(node: node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .list = node.content {} else { node.content = .list([]) }
    return List(node: node)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
  func encodeNil() { node.content = .scalar(.null) }
  func encode<T: Encodable>(_ value: T) throws { try node.encode(value) }

  struct Mapping<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: Node
    let codingPath: [any CodingKey] = []

    func encodeNil(forKey key: Key) { _ = node.append(key: key.stringValue) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
      try node.append(key: key.stringValue).encode(value)
    }
    // The library's own form of these leaves out what is nil; a configuration lists every key.
    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
      try optional(value, key)
    }
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try optional(value, key) }
    private func optional<T: Encodable>(_ value: T?, _ key: Key) throws {
      if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
      NodeEncoder(node: node.append(key: key.stringValue)).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      NodeEncoder(node: node.append(key: key.stringValue)).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { NodeEncoder(node: node.append(key: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder {
      NodeEncoder(node: node.append(key: key.stringValue))
    }
  }

  struct List: UnkeyedEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey] = []

    var count: Int {
      if case .list(let nodes) = node.content { nodes.count } else { 0 }
    }
    func encodeNil() { _ = node.appendElement() }
    func encode<T: Encodable>(_ value: T) throws { try node.appendElement().encode(value) }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
      NodeEncoder(node: node.appendElement()).container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      NodeEncoder(node: node.appendElement()).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { NodeEncoder(node: node.appendElement()) }
  }
}
