extension Table {
  /// The table for a terminal: columns padded with spaces, a rule under the titles, no line end
  /// after the last row.
  ///
  /// Emphasis is not shown, so that the text can be cut and sorted by other tools.
  public var plainText: String {
    let titles = columns.map(\.title)
    let lines = rows.map { row in row.map(\.line) }
    let widths = columns.indices.map { column in
      ([titles] + lines).map { $0[column].count }.max() ?? 0
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    let body = ([titles, rule] + lines).map { texts in
      columns.indices
        .map { columns[$0].alignment.pad(texts[$0], toWidth: widths[$0]) }
        .joined(separator: "  ")
        .trimmingTrailingSpaces()
    }
    return ((caption.map { [$0, ""] } ?? []) + body).joined(separator: "\n")
  }
}

extension Table.Alignment {
  /// `text` with spaces on the sides that the alignment leaves free.
  func pad(_ text: String, toWidth width: Int) -> String {
    let free = max(0, width - text.count)
    let left =
      switch self {
      case .leading: 0
      case .center: free / 2
      case .trailing: free
      }
    return String(repeating: " ", count: left) + text + String(repeating: " ", count: free - left)
  }
}

extension String {
  fileprivate func trimmingTrailingSpaces() -> String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
