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
