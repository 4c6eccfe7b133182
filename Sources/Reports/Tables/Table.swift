import Failures

/// Rows of short texts under named columns: a value that knows nothing of where it will be shown.
///
/// Texts are what classes, files and runs may be called. Whatever would break a line, steer a terminal or
/// turn the reading direction becomes an escape such as `\n`; each form of the table escapes what means
/// something in it.
///
/// The first column names the row. ``plainText`` suits a terminal, ``markdown`` a README and
/// ``html`` the report page.
public struct Table: Equatable, Sendable {
  /// Where the texts of a column are set.
  public enum Alignment: Equatable, Sendable {
    case leading
    case center
    case trailing
  }

  /// The title and the alignment of a column.
  public struct Column: Equatable, Sendable {
    /// What the cells of the column are, with their unit.
    public var title: String
    /// Where the cells of the column, and its title, are set.
    public var alignment: Alignment

    /// Creates a column, set from the left unless another alignment is given.
    public init(_ title: String, alignment: Alignment = .leading) {
      self.title = title
      self.alignment = alignment
    }

    /// A column of numbers, aligned at their last digit.
    public static func number(_ title: String) -> Column {
      Column(title, alignment: .trailing)
    }
  }

  /// What the table shows, in a sentence that can stand alone.
  public let caption: String?

  /// The columns in order; the first one names the row.
  public let columns: [Column]

  /// The rows in order, each with one cell a column.
  public private(set) var rows: [[Cell]] = []

  /// Creates a table without rows.
  public init(caption: String? = nil, columns: [Column]) {
    precondition(!columns.isEmpty, "a table needs at least one column")
    self.caption = caption?.onOneLine
    self.columns = columns.map { Column($0.title.onOneLine, alignment: $0.alignment) }
  }

  /// Creates a table of `rows`.
  public init(caption: String? = nil, columns: [Column], rows: [[Cell]]) {
    self.init(caption: caption, columns: columns)
    for row in rows { append(row) }
  }

  /// Adds a row, which must have one cell a column.
  public mutating func append(_ row: [Cell]) {
    precondition(
      row.count == columns.count, "a row of \(row.count) cells in \(columns.count) columns")
    rows.append(
      row.map {
        Cell($0.text.onOneLine, detail: $0.detail?.onOneLine, isEmphasized: $0.isEmphasized)
      })
  }
}

extension String {
  fileprivate var onOneLine: String { echoed(limit: .max) }
}
