/// The functions that a formula may call.
public enum FormulaFunction: String, Sendable, Hashable, CaseIterable {
  case sin, cos, tan, exp, log, sqrt, tanh, abs, min, max

  /// How many arguments it takes: one, or two and more.
  var allowsCount: (Int) -> Bool {
    switch self {
    case .min, .max: { $0 >= 2 }
    default: { $0 == 1 }
    }
  }

  /// The same in words.
  var argumentCount: String {
    switch self {
    case .min, .max: "two arguments or more"
    default: "one argument"
    }
  }
}
