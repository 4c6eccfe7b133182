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
