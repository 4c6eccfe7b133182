import StableDynamics

extension ConfigurationTree {
  /// Decodes settings.
  ///
  /// - Parameter prefix: the key of this tree in the whole configuration, for errors.
  /// - Throws: `ConfigurationError` that names the key, what was expected there and what was found.
  public func decoded<Settings: Decodable>(
    as type: Settings.Type, at prefix: String = ""
  ) throws(ConfigurationError) -> Settings {
    let place = Place(tree: self, path: prefix.isEmpty ? [] : [prefix])
    do {
      return try place.decode(type)
    } catch let error as ConfigurationError {
      throw error
    } catch let DecodingError.dataCorrupted(context) {
      throw place.failure("a usable value", at: context.codingPath, found: context.debugDescription)
    } catch let DecodingError.keyNotFound(key, context) {
      throw place.failure("a value", at: context.codingPath + [key], found: "nothing")
    } catch {
      throw place.failure("\(type)", found: "\(error)")
    }
  }
}

/// A part of a tree that is being read, and the keys that lead to it.
private struct Place: Decoder, SingleValueDecodingContainer {
  let tree: ConfigurationTree
  let path: [String]
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  func failure(
    _ expected: String, at keys: [any CodingKey] = [], found: String? = nil
  ) -> ConfigurationError {
    .invalidValue(
      key: (path + keys.map(\.stringValue)).joined(separator: "."), origin: nil,
      expected: expected, found: found ?? "\(tree)")
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    switch type {
    case is Bool.Type:
      guard case .bool(let value) = tree else { throw failure("true or false") }
      return value as! T
    case is String.Type:
      guard case .string(let value) = tree else { throw failure("a string") }
      return value as! T
    case let type as any BinaryFloatingPoint.Type: return try number(type) as! T
    case let type as any FixedWidthInteger.Type: return try integer(type) as! T
    default: break
    }
    // Say which values there are, which the standard library's own error does not.
    if let names = allowedValues(of: type) {
      guard case .string(let name) = tree, names.contains(name) else {
        throw failure("one of " + names.joined(separator: ", "))
      }
    }
    return try T(from: self)
  }

  private func number<T: BinaryFloatingPoint>(_ type: T.Type) throws -> T {
    switch tree {
    case .number(let value): return T(value)
    case .integer(let value): return T(value)
    default: throw failure("a number")
    }
  }

  private func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    guard case .integer(let value) = tree else { throw failure("an integer") }
    guard let exact = T(exactly: value) else { throw failure("an integer of at least \(T.min)") }
    return exact
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }
  func decodeNil() -> Bool { tree == .null }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .mapping(let entries) = tree else { throw failure("a mapping") }
    return KeyedDecodingContainer(Mapping(place: self, entries: entries))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let elements) = tree else { throw failure("a list") }
    return List(
      places: elements.enumerated().map { Place(tree: $1, path: path + ["\($0)"]) })
  }

  struct Mapping<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let place: Place
    let entries: [ConfigurationTree.Entry]
    let codingPath: [any CodingKey] = []

    var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }
    func contains(_ key: Key) -> Bool { entries.contains { $0.key == key.stringValue } }
    func member(_ key: any CodingKey) throws -> Place {
      guard let entry = entries.first(where: { $0.key == key.stringValue }) else {
        throw place.failure("a value", at: [key], found: "nothing")
      }
      return Place(tree: entry.value, path: place.path + [key.stringValue])
    }
    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      try member(key).decode(type)
    }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try member(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try member(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { place }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
  }

  struct List: UnkeyedDecodingContainer {
    let places: [Place]
    let codingPath: [any CodingKey] = []
    private(set) var currentIndex = 0

    init(places: [Place]) { self.places = places }

    var count: Int? { places.count }
    var isAtEnd: Bool { currentIndex == places.count }
    mutating func next() throws -> Place {
      guard !isAtEnd else {
        throw DecodingError.valueNotFound(
          Place.self, .init(codingPath: [], debugDescription: "the list is too short"))
      }
      defer { currentIndex += 1 }
      return places[currentIndex]
    }
    mutating func decodeNil() throws -> Bool {
      guard !isAtEnd, places[currentIndex].decodeNil() else { return false }
      currentIndex += 1
      return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try next().unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder { try next() }
  }
}

/// The names of an enumeration's cases; nil for any other type.
private func allowedValues(of type: Any.Type) -> [String]? {
  func names<Choice: CaseIterable>(_ type: Choice.Type) -> [String]? {
    guard Choice.self is any RawRepresentable.Type else { return nil }
    let names = Choice.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    return names.isEmpty ? nil : names
  }
  return (type as? any CaseIterable.Type).flatMap { names($0) }
}
