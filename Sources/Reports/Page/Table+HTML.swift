extension Table {
  /// The table for a page: a `<table>` whose column titles and row names carry their scope, in a
  /// container that scrolls sideways where the screen is narrow.
  public var html: String {
    let titles = columns.map { column in
      "<th scope=\"col\" class=\"\(column.alignment.className)\">\(column.title.escapedForHTML)</th>"
    }
    let body = rows.map { row in
      let cells = row.indices.map { index in
        let alignment = columns[index].alignment.className
        let content = row[index].html
        return index == 0
          ? "<th scope=\"row\" class=\"\(alignment)\">\(content)</th>"
          : "<td class=\"\(alignment)\">\(content)</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    let label = (caption ?? columns[0].title).escapedForHTML
    return """
      <figure class="table">
      <div role="region" aria-label="\(label)" tabindex="0">
      <table>
      <thead><tr>\(titles.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      \(caption.map { "<figcaption>\($0.escapedForHTML)</figcaption>" } ?? "")
      </figure>
      """
  }
}

extension Table.Alignment {
  fileprivate var className: String {
    switch self {
    case .leading: "leading"
    case .center: "center"
    case .trailing: "trailing"
    }
  }
}

extension Table.Cell {
  fileprivate var html: String {
    let main = text.escapedForHTML
    let shown = isEmphasized ? "<strong>\(main)</strong>" : main
    guard let detail else { return shown }
    return "\(shown) <small>\(detail.escapedForHTML)</small>"
  }
}
