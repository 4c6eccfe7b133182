/// What a setting means, in a line, and what it can be.
public struct SettingNote: Sendable {
  /// The line.
  public var text: String
  /// Of numbers; nil for other settings.
  public let range: SettingRange?
  /// Of a group that has no notes of its own: what the settings below it mean.
  let members: SettingNotes?

  /// The line, with the range behind it where that says more than that a number is not absurd.
  public var comment: String {
    guard let range, range.isTelling else { return text }
    return "\(text) \(range)"
  }

  /// A line and the numbers that a setting can be.
  public init(_ text: String, _ range: SettingRange? = nil) {
    self.text = text
    self.range = range
    members = nil
  }

  /// A line for a group of a module that knows nothing of settings.
  ///
  /// - Parameter members: what those below it mean.
  public init(_ text: String, below members: SettingNotes) {
    self.text = text
    self.members = members
    range = nil
  }

  /// Of a value that was decoded.
  static let none = SettingNote("")
}

/// What settings mean, by key, as a value of them says.
public struct SettingNotes: Sendable, ExpressibleByDictionaryLiteral {
  private var notes: [String: SettingNote] = [:]

  /// The notes of a group of a module that knows nothing of settings.
  public init(dictionaryLiteral elements: (String, SettingNote)...) {
    notes = Dictionary(uniqueKeysWithValues: elements)
  }

  /// The notes of all settings of a value and of the groups in it, below a key.
  ///
  /// - Precondition: the value was made by an initializer: one that was decoded has no notes.
  public init(of settings: Any, at key: String = "") {
    add(settings, at: key)
  }

  private mutating func add(_ settings: Any, at key: String) {
    for property in properties(of: settings, at: key) {
      if let note = property.note {
        precondition(!note.text.isEmpty, "\(property.key) was decoded, and has no note")
        notes[property.key] = note
        for (name, member) in note.members?.notes ?? [:] {
          notes["\(property.key).\(name)"] = member
        }
      }
      if let value = property.value { add(value, at: property.key) }
    }
  }

  /// The meaning of a setting; nil if nothing is known of it.
  public subscript(key: String) -> SettingNote? { notes[key] }

  /// Those of both, the latter's where both have one.
  public static func + (a: SettingNotes, b: SettingNotes) -> SettingNotes {
    var result = a
    result.notes.merge(b.notes) { $1 }
    return result
  }
}

extension SettingNotes {
  /// Refuses settings with a number outside its range, whatever their type: the names of stored
  /// properties are the keys, as in their coding.
  ///
  /// - Parameter key: of the settings in these notes; that of a property is below it.
  /// - Throws: `SettingsError` that names the first such setting.
  public func check(_ settings: some Codable, at key: String = "") throws(SettingsError) {
    try check(value: settings, at: key)
  }

  private func check(value: Any, at key: String) throws(SettingsError) {
    switch value {
    case let integer as Int: try check(Double(integer), as: integer, at: key)
    case let number as Double: try check(number, as: number, at: key)
    case is Bool, is String: return
    default:
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .collection, let range = notes[key]?.range {
        guard mirror.children.count <= SettingRange.longestList else {
          throw SettingsError(
            setting: key,
            expected: "at most \(SettingRange.longestList) values, each \(range.expectation)",
            found: "\(mirror.children.count)")
        }
      }
      for property in properties(of: value, at: key) {
        if let value = property.value { try check(value: value, at: property.key) }
      }
    }
  }

  private func check(_ number: Double, as found: Any, at key: String) throws(SettingsError) {
    guard let range = notes[key]?.range, !range.contains(number) else { return }
    throw SettingsError(setting: key, expected: range.expectation, found: "\(found)")
  }
}

/// The stored properties of a structure, below a key; the elements of anything else, at the key itself.
private func properties(
  of value: Any, at key: String
) -> [(key: String, note: SettingNote?, value: Any?)] {
  let mirror = Mirror(reflecting: value)
  return mirror.children.map { child in
    func path(_ name: String?) -> String {
      [key, mirror.displayStyle == .struct ? name ?? "" : ""].filter { !$0.isEmpty }
        .joined(separator: ".")
    }
    guard let setting = child.value as? any AnySetting else {
      return (path(child.label), nil, child.value)
    }
    // That of `hidden` is stored as `_hidden`.
    return (path(child.label.map { String($0.dropFirst()) }), setting.note, setting.anyValue)
  }
}
