extension String {
  /// The text as it may stand in an HTML element or in a quoted attribute.
  package var escapedForHTML: String {
    var escaped = ""
    for character in unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// The program as it may stand in a `<script>` element: whatever would end the element, or make
  /// the browser look for another end, is written as JavaScript reads it the same.
  package var escapedForScript: String {
    replacing(/<\/(?=script)/.ignoresCase(), with: "<\\/").replacing("<!--", with: "<\\!--")
  }

  /// The text with what stands between backticks set as code.
  package var proseHTML: String {
    let parts = split(separator: "`", omittingEmptySubsequences: false)
    guard !parts.count.isMultiple(of: 2) else { return escapedForHTML }
    return parts.enumerated().map { index, part in
      let text = String(part).escapedForHTML
      return index.isMultiple(of: 2) ? text : "<code>\(text)</code>"
    }.joined()
  }
}
