extension ButcherTableau {
  /// Every method. Settings, messages and tables read their names here: a new method is a value and
  /// a line of this list.
  public static let all: [ButcherTableau] = [
    .euler, .midpoint, .heun, .shuOsher, .classicalRungeKutta, .threeEighths,
    .bogackiShampine, .dormandPrince, .dormandPrince8,
  ]

  /// The method of a name.
  public static func named(_ name: String) -> ButcherTableau? { all.first { $0.name == name } }

  /// The names of all methods that choose their steps by their error, or of those that do not, as
  /// a message has them: `bosh3, dopri5 or dopri8`.
  public static func names(isAdaptive: Bool) -> String {
    let names = all.filter { $0.isAdaptive == isAdaptive }.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or \(names[names.count - 1])"
  }
}
