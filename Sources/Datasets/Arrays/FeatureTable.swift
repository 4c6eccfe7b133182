import Failures
import Files
import Tensors

/// Samples of features in the units that a table had, such as a user has them, put into the boxes of a
/// model's training data.
public struct FeatureTable {
  /// [N, d] float64; in [0, 1] as far as they lie in the boxes.
  public let samples: Tensor
  /// Samples that have a feature outside its box.
  public let outsideCount: Int

  /// Whether the name of a file says that it is a table as text.
  public static func isText(_ path: String) -> Bool { DelimitedTable.isNamed(path) }

  /// Reads a table as text. Where both it and the training data name their columns these are found by
  /// name, in any order and among others such as labels; else there are as many as features, in their order.
  ///
  /// - Throws: `Failure` of kind `malformed`.
  public init(
    _ bytes: [UInt8], path: String, features: [DatasetFeature]
  ) throws(Failure) {
    let table = try DelimitedTable(bytes, path: path)
    func failure(_ expected: String, _ found: String, _ remedy: String, _ line: Int? = nil)
      -> Failure
    {
      Failure(
        .malformed, at: line.map { "\(path), line \($0)" } ?? path, expected: expected,
        found: found, remedy: remedy)
    }
    var places = Array(features.indices)
    if table.hasNames, features.map(\.name) != features.indices.map({ "\($0 + 1)" }) {
      places = try features.map { feature throws(Failure) in
        guard let place = table.columns.firstIndex(of: feature.name) else {
          throw failure(
            "a column \(feature.name.echoed())",
            table.columns.prefix(8).joined(separator: ", ").echoed(limit: 200),
            "Name the columns as in the training data, or leave the line of names out.")
        }
        return place
      }
    } else if table.columns.count != features.count {
      throw failure(
        "\(features.count) features", "\(table.columns.count) columns",
        "Give the features alone, in the order of the training data.")
    }
    var values: [Double] = []
    values.reserveCapacity(table.rows.count * places.count)
    for (row, line) in zip(table.rows, table.lines) {
      for place in places {
        guard let value = ArrayPart.number(row[place]), value.isFinite else {
          throw failure(
            "a number in column \(table.columns[place].echoed())",
            row[place].isEmpty ? "nothing" : "'\(row[place].echoed())'",
            ArrayPart.remedy(forField: row[place], word: "Encode names as numbers."), line)
        }
        values.append(value)
      }
    }
    self.init(
      Tensor(values, shape: [table.rows.count, features.count]), features: features)
  }

  /// - Precondition: [N, d] with as many columns as features.
  public init(_ values: Tensor, features: [DatasetFeature]) {
    let least = Tensor(features.map(\.least))
    let extents = Tensor(features.map { $0.extent })
    samples = (values.to(.cpu).to(.float64) - least) / extents
    let isOutside = ((samples .< -1e-9) .| (samples .> 1 + 1e-9)).any(along: 1)
    outsideCount = isOutside.trueCount
  }
}
