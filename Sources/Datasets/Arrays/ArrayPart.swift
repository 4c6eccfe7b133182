import Failures
import Tensors

/// One part of a data set in files of arrays: its samples as they stand there, and the label of each.
struct ArrayPart {
  /// The file that messages name.
  let path: String
  /// [N, ...].
  let samples: Tensor
  /// As numbers or names; each in the words of the file.
  let labels: Labels
  /// The names of the features, of a table that has them.
  var features: [String]?
  /// The line of each row, of a table.
  var lines: [Int]?

  /// What classes are called in a file.
  enum Labels {
    case numbers([Int])
    case names([String])

    var count: Int {
      switch self {
      case .numbers(let numbers): numbers.count
      case .names(let names): names.count
      }
    }
  }

  /// Beyond it a label is an identifier, no number of a class.
  private static let largestLabel = 1e9
  private static let imageNames = ["images", "x", "X", "data", "features", "inputs"]
  private static let labelNames = ["labels", "y", "Y", "target", "targets", "label"]
  private static let labelColumns = ["label", "labels", "class", "target", "y", "species"]

  /// Arrays of a file.
  ///
  /// - Parameter part: `train` or `test`, of a file that holds both.
  init(_ file: StoredArrays, _ names: ArrayNames, part: String? = nil) throws(Failure) {
    let samples = try file.array(
      named: names.images, or: Self.imageNames, of: "samples", option: "images", part: part)
    let labels = try file.array(
      named: names.labels, or: Self.labelNames, of: "labels", option: "labels", part: part)
    try self.init(samples: samples, labels: labels, path: file.path)
  }

  static func holdsBothParts(_ file: StoredArrays, _ names: ArrayNames) -> Bool {
    file.holdsBothParts(names.images.map { [$0] } ?? imageNames)
  }

  init(samples: Tensor, labels: Tensor, path: String) throws(Failure) {
    func failure(_ expected: String, _ found: String, _ remedy: String) -> Failure {
      Failure(.malformed, at: path, expected: expected, found: found, remedy: remedy)
    }
    let count = samples.rank > 0 ? samples.shape[0] : 0
    guard count > 0 else {
      throw failure("samples along the first axis", "\(samples.shape)", "Give at least one sample.")
    }
    guard labels.count == count, labels.shape.first == count else {
      throw failure(
        "one label for each of \(count) samples", "labels of shape \(labels.shape)",
        labels.rank == 2
          ? "Give class numbers: of one-hot rows, labels.argmax(1)."
          : "Give samples and labels of the same part.")
    }
    let numbers = labels.reshaped([-1]).doubles
    if let place = numbers.firstIndex(where: { $0 != $0.rounded() }) {
      throw failure(
        "class numbers 0, 1, ...", "\(numbers[place]) of sample \(place)",
        "Labels are classes here, no quantities: write whole numbers.")
    }
    if let place = numbers.firstIndex(where: { $0.magnitude > Self.largestLabel }) {
      throw failure(
        "class numbers 0, 1, ...",
        "\(Int(exactly: numbers[place]).map { "\($0)" } ?? "\(numbers[place])") of sample \(place)",
        "Number the classes from 0 on, without a gap: numpy.unique(y, return_inverse=True)[1].")
    }
    self.path = path
    self.samples = samples
    self.labels = .numbers(numbers.map { Int($0) })
  }

  /// A table: a column of labels, the others features.
  init(_ table: DelimitedTable, _ names: ArrayNames, path: String) throws(Failure) {
    func failure(_ expected: String, _ found: String, _ remedy: String, line: Int? = nil)
      -> Failure
    {
      Failure(
        .malformed, at: line.map { "\(path), line \($0)" } ?? path, expected: expected,
        found: found, remedy: remedy)
    }
    let column: Int
    if let name = names.labels {
      guard
        let place = table.columns.firstIndex(of: name)
          ?? Int(name).flatMap({ table.columns.indices.contains($0 - 1) ? $0 - 1 : nil })
      else {
        throw failure(
          "a column \(name) of labels",
          table.columns.prefix(8).joined(separator: ", ").echoed(limit: 200),
          "Name one of these, or give its number, from 1 on.")
      }
      column = place
    } else {
      let lowercase = table.columns.map { $0.lowercased() }
      column =
        Self.labelColumns.compactMap { lowercase.firstIndex(of: $0) }.first
        ?? table.columns.count - 1
    }
    let features = table.columns.indices.filter { $0 != column }
    if features.contains(where: { table.columns[$0].isEmpty }) {
      throw failure(
        "a name of column 1", "none, as pandas and R write it above the numbers of rows",
        "Write the table without these, by to_csv(FILE, index=False) or write.csv(TABLE, FILE, "
          + "row.names=FALSE): a model would learn the order of the rows.", line: 1)
    }
    var values: [Double] = []
    values.reserveCapacity(table.rows.count * features.count)
    for (row, line) in zip(table.rows, table.lines) {
      for place in features {
        guard let value = Self.number(row[place]), value.isFinite else {
          throw failure(
            "a number in column \(table.columns[place])",
            row[place].isEmpty ? "nothing" : "'\(row[place].echoed())'",
            Self.remedy(
              forField: row[place],
              word: "Encode names as numbers, or name the column "
                + "of labels with `,labels=NAME`."), line: line)
        }
        values.append(value)
      }
      if row[column].isEmpty {
        throw failure(
          "a label in column \(table.columns[column])", "nothing",
          "Label the row, or leave it out.", line: line)
      }
    }
    let texts = table.rows.map { $0[column] }
    let quantities = texts.compactMap(Self.number)
    let numbers = quantities.compactMap { Int(exactly: $0) }
    // pandas names columns by numbers where they have no names.
    if !table.hasNames, quantities.count == texts.count - 1, Self.number(texts[0]) == nil {
      throw failure(
        "a line of names without numbers, or none",
        "'\(texts[0].echoed())' above labels that are numbers",
        "Give each column a name that is no number, or remove the line.", line: table.lines[0])
    }
    // Names that happen to be numbers are not told from quantities, of which every one is a class.
    if quantities.count == texts.count, numbers.count < texts.count {
      let row = quantities.firstIndex { Int(exactly: $0) == nil }!
      throw failure(
        "class numbers 0, 1, ... or names in column \(table.columns[column])",
        "'\(texts[row].echoed())'",
        "Labels are classes here, no quantities: write whole numbers, or name the column of labels "
          + "with `,labels=NAME`.", line: table.lines[row])
    }
    self.path = path
    samples = Tensor(values, shape: [table.rows.count, features.count])
    labels = numbers.count == texts.count ? .numbers(numbers) : .names(texts)
    self.features = table.hasNames ? features.map { table.columns[$0] } : nil
    lines = table.lines
  }

  /// A decimal number; Swift's hexadecimal ones are words in a table.
  static func number(_ text: String) -> Double? {
    text.contains { $0 == "x" || $0 == "X" } ? nil : Double(text)
  }

  /// What to do about a field that is no finite number.
  static func remedy(forField text: String, word: String) -> String {
    if text.isEmpty || number(text) != nil {
      return "Fill the gap or leave the row out; no value is made up."
    }
    let point = text.replacing(",", with: ".")
    return number(point) == nil ? word : "Write decimals with a point: \(point.echoed())."
  }

  /// That the files are not such data.
  func failure(_ expected: String, _ found: String, _ remedy: String) -> Failure {
    Failure(.malformed, at: path, expected: expected, found: found, remedy: remedy)
  }

  /// Where a sample is, for messages.
  func place(of sample: Int) -> String {
    lines.map { "\(path), line \($0[sample])" } ?? path
  }
}
