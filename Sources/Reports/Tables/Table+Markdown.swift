extension Table {
  /// The table for a README: a pipe table with aligned columns, emphasis in bold, no line end after
  /// the last row.
  public var markdown: String {
    let titles = columns.map { $0.title.escapedForMarkdownCell }
    let marks = columns.map(\.alignment.markdownRule)
    let lines = rows.map { row in row.map(\.markdown) }
    let body = ([titles, marks] + lines).map { "| \($0.joined(separator: " | ")) |" }
    return ((caption.map { [$0, ""] } ?? []) + body).joined(separator: "\n")
  }
}

extension Table.Alignment {
  fileprivate var markdownRule: String {
    switch self {
    case .leading: ":---"
    case .center: ":---:"
    case .trailing: "---:"
    }
  }
}

extension Table.Cell {
  fileprivate var markdown: String {
    let main = text.escapedForMarkdownCell
    let shown = isEmphasized ? "**\(main)**" : main
    guard let detail else { return shown }
    return "\(shown) \(detail.escapedForMarkdownCell)"
  }
}

extension String {
  /// The text as it may stand between two pipes: no emphasis, code, link or HTML begins in it. An
  /// underscore inside a word begins none, and is left.
  fileprivate var escapedForMarkdownCell: String {
    replacing(/[\\|*`<]|\](?=\()|\b_|_\b/) { "\\\($0.output)" }
  }
}
