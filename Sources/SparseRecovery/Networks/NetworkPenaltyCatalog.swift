import Catalogs

/// The penalties by name.
public enum NetworkPenaltyCatalog {
  private static let builtIn: [any NetworkPenalty.Type] = [
    L1Penalty.self,
    LHalfPenalty.self,
    L1OverL2Penalty.self,
    LHalfOverL2Penalty.self,
    HoyerSquarePenalty.self,
  ]

  private static let catalog = Catalog(
    builtIn, of: "penalty", reserved: ["none"], name: { $0.name })

  /// All names, those of other packages included.
  public static var names: [String] { catalog.names }

  /// The penalty of a name; nil if there is none.
  public static func penalty(named name: String) -> (any NetworkPenalty)? { catalog[name]?.init() }

  /// Adds a penalty of another package.
  ///
  /// - Throws: `CatalogError` if its name cannot be used.
  public static func add(_ penalty: any NetworkPenalty.Type) throws(CatalogError) {
    try catalog.add(penalty)
  }
}
