extension StringProtocol {
  /// This text as a message may show it, where it comes from a file or an argument: on one line,
  /// without characters that steer a terminal or turn the reading direction, and of bounded length.
  ///
  /// Control and format characters become escapes such as `\n` and `\u{1B}`; of a text that is longer
  /// than the limit, the beginning and the end are left.
  ///
  /// - Parameter limit: the most characters (Unicode scalars) of the text that are shown.
  public func echoed(limit: Int = 80) -> String {
    let scalars = unicodeScalars
    let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex)
    guard let end, end != scalars.endIndex else { return Self.escaped(scalars) }
    return Self.escaped(scalars.prefix(limit - limit / 4)) + "…"
      + Self.escaped(scalars.suffix(limit / 4))
  }

  private static func escaped(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    for scalar in scalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        text.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      default: text.append(scalar)
      }
    }
    return String(text)
  }
}
