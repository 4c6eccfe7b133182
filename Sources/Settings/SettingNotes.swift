/// What a setting means, in a line, and what it can be.
public struct SettingNote: Sendable, ExpressibleByStringLiteral {
  public let text: String
  /// Of numbers; nil for other settings.
  public let range: SettingRange?

  /// The line, with the range behind it where that says more than that a number is not absurd.
  public var comment: String {
    guard let range, range.isTelling else { return text }
    return "\(text) \(range)"
  }

  public init(_ text: String, _ range: SettingRange? = nil) {
    self.text = text
    self.range = range
  }

  public init(stringLiteral text: String) {
    self.text = text
    range = nil
  }
}

/// What settings mean, by key; those of groups that methods share are joined from them.
public struct SettingNotes: Sendable, ExpressibleByDictionaryLiteral {
  private var notes: [String: SettingNote]

  public init(dictionaryLiteral elements: (String, SettingNote)...) {
    notes = Dictionary(uniqueKeysWithValues: elements)
  }

  /// The meaning of a setting; nil if nothing is known of it.
  public subscript(key: String) -> SettingNote? { notes[key] }

  /// The same notes under `prefix.key`.
  public func prefixed(_ prefix: String) -> SettingNotes {
    var result = SettingNotes()
    for (key, note) in notes { result.notes["\(prefix).\(key)"] = note }
    return result
  }

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
      for child in mirror.children {
        let name = mirror.displayStyle == .struct ? child.label : nil
        try check(
          value: child.value, at: [key, name ?? ""].filter { !$0.isEmpty }.joined(separator: "."))
      }
    }
  }

  private func check(_ number: Double, as found: Any, at key: String) throws(SettingsError) {
    guard let range = notes[key]?.range, !range.contains(number) else { return }
    throw SettingsError(setting: key, expected: range.expectation, found: "\(found)")
  }
}
