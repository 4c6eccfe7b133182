import Catalogs

extension ConfigurationTree {
  /// The tree with the user's values in their place.
  ///
  /// - Throws: `ConfigurationError` if the tree has no such key or its value is of another type.
  public func applying(
    _ overrides: [ConfigurationOverride]
  ) throws(ConfigurationError) -> ConfigurationTree {
    var result = self
    for (place, override) in overrides.enumerated() {
      guard let replaced = try result.replacing(override.path[...], of: self, with: override) else {
        // A group that was left empty, as by `training:` alone, has no keys.
        if let emptied = overrides[..<place].last(where: {
          $0.value == .null && override.path.starts(with: $0.path)
        }) {
          throw .invalidValue(
            key: emptied.key, origin: emptied.origin, expected: "a mapping", found: "null")
        }
        throw .unknownKey(
          override.key, origin: override.origin,
          similar: override.key.nearestName(of: leaves.map(\.key)))
      }
      result = replaced
    }
    return result
  }

  /// This tree with the value at `path` replaced; nil if there is none.
  ///
  /// - Parameter original: the same part of the tree before any override. Where it is null, an
  ///   optional setting that is absent, anything may stand; decoding will tell what may not.
  private func replacing(
    _ path: ArraySlice<String>, of original: ConfigurationTree,
    with override: ConfigurationOverride
  ) throws(ConfigurationError) -> ConfigurationTree? {
    guard let key = path.first else {
      // A group of which nothing is set.
      if override.value == .mapping([]), case .mapping = original { return self }
      guard let value = override.value.converted(like: original) else {
        throw .invalidValue(
          key: override.key, origin: override.origin, expected: original.kind,
          found: "\(override.value)")
      }
      return value
    }
    var entries: [Entry] = []
    if case .mapping(let present) = self { entries = present }
    if original == .null, !entries.contains(where: { $0.key == key }) {
      entries.append(Entry(key, .null))
    }
    guard let index = entries.firstIndex(where: { $0.key == key }),
      let value = try entries[index].value.replacing(
        path.dropFirst(), of: original[[key]] ?? .null, with: override)
    else { return nil }
    entries[index].value = value
    return .mapping(entries)
  }

  /// This value as one of the type of `model`; nil if it is of another. An integer is a number, a
  /// number is a text, an optional may be left out, and anything may stand where there was nothing.
  private func converted(like model: ConfigurationTree) -> ConfigurationTree? {
    switch (self, model) {
    case (_, .null), (.null, _), (.bool, .bool), (.integer, .integer), (.number, .number),
      (.string, .string):
      return self
    case (.integer(let value), .number):
      return .number(Double(value))
    case (.integer, .string), (.number, .string):
      // A text that reads as a number without quotes, such as the budget 0.1.
      return .string(description)
    case (.list(let elements), .list(let models)):
      guard let model = models.first else { return self }
      let converted = elements.compactMap { $0.converted(like: model) }
      return converted.count == elements.count ? .list(converted) : nil
    default:
      return nil
    }
  }

  /// The settings in which this tree differs from another.
  func differences(from other: ConfigurationTree) -> [ConfigurationDifference] {
    let (own, others) = (leaves, other.leaves)
    let keys = Set(own.map(\.key))
    let values = Dictionary(others.map { ($0.key, "\($0.value)") }) { $1 }
    let changed = own.map {
      ConfigurationDifference(
        key: $0.key, value: "\($0.value)", other: values[$0.key] ?? "absent")
    }
    let absent = others.filter { !keys.contains($0.key) }.map {
      ConfigurationDifference(key: $0.key, value: "absent", other: "\($0.value)")
    }
    return changed.filter { $0.value != $0.other } + absent
  }
}
