extension String {
  /// The beginning of a text that a file or user gave, for a message: one line without control characters.
  public func excerpt(_ length: Int = 120) -> String {
    let shown = unicodeScalars.prefix(length).map { scalar -> String in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
        .unassigned:
        "\\u{\(String(scalar.value, radix: 16))}"
      default: String(scalar)
      }
    }
    return shown.joined() + (unicodeScalars.dropFirst(length).isEmpty ? "" : "...")
  }
}
