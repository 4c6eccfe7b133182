import Catalogs

extension ButcherTableau {
  /// Every method, those of a package of one's own included. `solve` takes them, and settings, messages
  /// and tables read their names here: a new method is a value and a line of this list, or `add` to it.
  public static let catalog = Catalog<ButcherTableau>(
    [
      .euler, .midpoint, .heun, .shuOsher, .classicalRungeKutta, .threeEighths,
      .strongStability3Order2, .strongStability4Order2, .strongStability4Order3,
      .strongStability5Order4, .strongStability10Order4, .adaptiveHeun, .bogackiShampine,
      .dormandPrince, .dormandPrince8, .rodas4,
    ], of: "a solver", name: \.name)

  /// The methods of the catalogue.
  public static var all: [ButcherTableau] { catalog.entries }

  /// The method of a name.
  public static func named(_ name: String) -> ButcherTableau? { catalog[name] }

  /// The names of the methods with some property, as a message has them: `bosh3, dopri5 or dopri8`.
  public static func names(where isMeant: (ButcherTableau) -> Bool) -> String {
    let names = all.filter(isMeant).map(\.name)
    return names.dropLast().joined(separator: ", ") + " or \(names[names.count - 1])"
  }

  /// The names of all methods that choose their steps by their error, or of those that do not.
  public static func names(isAdaptive: Bool) -> String { names { $0.isAdaptive == isAdaptive } }
}
