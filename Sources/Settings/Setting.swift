/// A setting, declared once: its value, what it means in a line, and the numbers that it can be.
///
///     @Setting("hidden width of the field f (paper: 256)", .width)
///     public var hidden = 256
///
/// It is coded as the bare value under the property's name; an optional that is nil is left out where
/// the coder leaves out optionals. Configuration files, their comments and the errors of numbers out of
/// range follow. Groups of settings are plain properties, whose own settings are found below them.
///
/// The line is `$hidden.text`, for a method that means something narrower by a setting of a shared
/// group. Equality is that of values. A value that was decoded has no line: `SettingNotes` are read off
/// one that an initializer made, such as a method's defaults.
@propertyWrapper
public struct Setting<Value> {
  private var value: Value?

  /// What the setting means, and what it can be.
  public var projectedValue: SettingNote

  /// A setting with a default.
  public init(wrappedValue: Value, _ text: String, _ range: SettingRange? = nil) {
    self.init(wrappedValue: wrappedValue, SettingNote(text, range))
  }

  /// A setting whose default depends on the input. To read it before it is set is a mistake, and traps.
  public init(_ text: String, _ range: SettingRange? = nil) {
    projectedValue = SettingNote(text, range)
  }

  /// A setting of the meaning that another one has.
  public init(wrappedValue: Value, _ note: SettingNote) {
    value = wrappedValue
    projectedValue = note
  }

  /// The value.
  public var wrappedValue: Value {
    get {
      guard let value else {
        preconditionFailure("a setting was read before it was set: \(projectedValue.text)")
      }
      return value
    }
    set { value = newValue }
  }
}

extension Setting: Sendable where Value: Sendable {}

extension Setting: Equatable where Value: Equatable {
  public static func == (a: Setting, b: Setting) -> Bool { a.value == b.value }
}

extension Setting: Hashable where Value: Hashable {
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

// MARK: Coding

extension Setting: Encodable where Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

extension Setting: Decodable where Value: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init(
      wrappedValue: try decoder.singleValueContainer().decode(Value.self), SettingNote.none)
  }
}

// What the compiler writes for a group calls these for optionals, as they fit better.

extension KeyedEncodingContainer {
  /// Encodes an optional setting as a plain optional is.
  ///
  /// - Throws: `EncodingError` if the value cannot be encoded.
  public mutating func encode<Value: Encodable>(
    _ setting: Setting<Value?>, forKey key: Key
  ) throws {
    try encodeIfPresent(setting.wrappedValue, forKey: key)
  }
}

extension KeyedDecodingContainer {
  /// Decodes an optional setting as a plain optional is.
  ///
  /// - Throws: `DecodingError` if there is a value of another type.
  public func decode<Value: Decodable>(
    _ type: Setting<Value?>.Type, forKey key: Key
  ) throws -> Setting<Value?> {
    Setting(wrappedValue: try decodeIfPresent(Value.self, forKey: key), SettingNote.none)
  }
}

// MARK: Reading

/// A setting of any type, as a mirror finds it.
protocol AnySetting {
  var note: SettingNote { get }
  /// nil if it is not set.
  var anyValue: Any? { get }
}

extension Setting: AnySetting {
  var note: SettingNote { projectedValue }
  var anyValue: Any? { value }
}
