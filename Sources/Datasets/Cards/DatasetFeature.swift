/// A feature of a table, and the box in the units of the file that becomes [0, 1].
public struct DatasetFeature: Sendable, Hashable, Codable {
  /// That of the column in the file; its number, from 1, in files without names.
  public let name: String
  /// What becomes 0, in the units of the file.
  public let least: Double
  /// What becomes 1, in the units of the file; at least `least`.
  public let most: Double
  /// What budgets are counted in; nil for the box's own width.
  public var unit: Double?

  /// What 1 is in the units of the file; 1 where all samples have the same value.
  public var extent: Double { most > least ? most - least : 1 }

  /// How many units 1 is.
  public var unitCount: Double { unit.map { extent / $0 } ?? 1 }
}
