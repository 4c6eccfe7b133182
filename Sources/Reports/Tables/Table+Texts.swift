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

extension Table {
  /// The table as a LaTeX `table` with a `tabular` (package booktabs), emphasis in bold, what
  /// qualifies an entry small behind it.
  public var latex: String {
    let alignments = columns.map(\.alignment.latexLetter).joined()
    let titles = columns.map(\.title.escapedForLaTeX).joined(separator: " & ")
    let body = rows.map { row in row.map(\.latex).joined(separator: " & ") + " \\\\" }
    return """
      \\begin{table}
      \\centering
      \(caption.map { "\\caption{\($0.escapedForLaTeX)}" } ?? "")
      \\begin{tabular}{\(alignments)}
      \\toprule
      \(titles) \\\\
      \\midrule
      \(body.joined(separator: "\n"))
      \\bottomrule
      \\end{tabular}
      \\end{table}

      """
  }
}

extension Table.Alignment {
  fileprivate var latexLetter: String {
    switch self {
    case .leading: "l"
    case .center: "c"
    case .trailing: "r"
    }
  }
}

extension Table.Cell {
  fileprivate var latex: String {
    let main = text.escapedForLaTeX
    let shown = isEmphasized ? "\\textbf{\(main)}" : main
    return detail.map { "\(shown) {\\scriptsize \($0.escapedForLaTeX)}" } ?? shown
  }
}

extension String {
  /// The text with what means something to LaTeX written out.
  fileprivate var escapedForLaTeX: String {
    map { character in
      switch character {
      case "\\": "\\textbackslash{}"
      case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "±": "$\\pm$"
      case "–": "--"
      case "Γ": "$\\Gamma$"
      case "ε": "$\\varepsilon$"
      case "λ": "$\\lambda$"
      default: String(character)
      }
    }.joined()
  }
}

extension Table {
  /// The table as comma-separated values (RFC 4180) with the titles in the first line; what
  /// qualifies an entry, where any entry of its column is qualified, has a column of its own.
  public var csv: String {
    let details = columns.indices.map { column in rows.contains { $0[column].detail != nil } }
    func line(_ fields: (Int) -> (String, String)) -> String {
      columns.indices.flatMap { column -> [String] in
        let (text, detail) = fields(column)
        return details[column] ? [text, detail] : [text]
      }.map(\.quotedForCSV).joined(separator: ",")
    }
    let titles = line { (columns[$0].title, "\(columns[$0].title) (scatter)") }
    return
      ([titles]
      + rows.map { row in
        line { (row[$0] == .missing ? "" : row[$0].text, row[$0].detail?.withoutSign ?? "") }
      }).joined(separator: "\n") + "\n"
  }
}

extension String {
  fileprivate var quotedForCSV: String {
    contains { ",\"\n\r".contains($0) } ? "\"\(replacing("\"", with: "\"\""))\"" : self
  }

  /// A deviation as a number.
  fileprivate var withoutSign: String {
    hasPrefix("± ") ? String(dropFirst(2)) : self
  }
}
