import Failures

/// The largest perturbation an attack may make, kept as the exact fraction that was written.
///
/// `8/255` stays 8/255: a budget is compared and printed as a fraction and becomes a floating-point
/// number only where images are perturbed. Two ways of writing the same number are equal.
public struct Budget: Sendable {
  /// The fraction in lowest terms.
  public let numerator: Int
  /// Above 0.
  public let denominator: Int
  private let text: String

  /// Reads a fraction such as `8/255` or a decimal such as `0.1`.
  ///
  /// - Parameters:
  ///   - text: digits, with one `/` or one `.` between them; at most 15 digits a part.
  ///   - norm: the norm it bounds. In L-inf no pixel in [0, 1] can move by more than 1, so a larger
  ///     budget is a mistake (often 8 for 8/255); in L2 it is not.
  /// - Throws: `Failure` of kind `invalidOption`.
  public init(_ text: String, norm: ThreatModel.Norm = .linf) throws(Failure) {
    let written = String(text.filter { !$0.isWhitespace })
    func error(_ expected: String, _ remedy: String) -> Failure {
      Failure(
        .invalidOption, at: "budget", expected: expected, found: "'\(text)'", remedy: remedy)
    }
    guard let (numerator, denominator) = Self.fraction(written) else {
      throw written.hasPrefix("-")
        ? error("a number from 0 on", "A budget is a distance: leave the sign out.")
        : error(
          "a fraction or a decimal number of plain digits",
          "Write it like 8/255, 16/255 or 0.1.")
    }
    guard denominator > 0 else {
      throw error("a denominator above 0", "Pixels are in [0, 1]: eight grey levels are 8/255.")
    }
    guard norm != .linf || numerator <= denominator else {
      throw error(
        "at most 1 in the L-inf norm",
        "Pixels are in [0, 1], not 0 to 255: eight grey levels are 8/255.")
    }
    let divisor = Self.greatestCommonDivisor(numerator, denominator)
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
    self.text = written
  }

  /// Reads budgets separated by commas.
  ///
  /// - Throws: `Failure` of kind `invalidOption` if one cannot be read or appears twice.
  public static func list(
    _ text: String, norm: ThreatModel.Norm = .linf
  ) throws(Failure) -> [Budget] {
    var budgets: [Budget] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let budget = try Budget(String(part), norm: norm)
      guard !budgets.contains(budget) else {
        throw Failure(
          .invalidOption, at: "budgets", expected: "each budget once", found: "'\(part)' twice",
          remedy: "Leave the repetition out.")
      }
      budgets.append(budget)
    }
    return budgets
  }

  /// The budget in units of the pixel range, at least 0.
  public var value: Double { Double(numerator) / Double(denominator) }

  private static func fraction(_ text: String) -> (Int, Int)? {
    if text.contains("/") {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, let top = digits(parts[0]), let bottom = digits(parts[1])
      else { return nil }
      return (top, bottom)
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let whole = digits(parts[0]), parts.count <= 2 else { return nil }
    guard parts.count == 2 else { return (whole, 1) }
    guard digits(parts[1]) != nil, let both = digits(parts[0] + parts[1]) else { return nil }
    return (both, parts[1].reduce(1) { power, _ in power * 10 })
  }

  private static func digits(_ text: Substring) -> Int? {
    guard (1...15).contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber })
    else { return nil }
    return Int(text)
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? max(a, 1) : greatestCommonDivisor(b, a % b)
  }
}

extension Budget: Hashable, Comparable, CustomStringConvertible {
  public static func == (a: Budget, b: Budget) -> Bool {
    (a.numerator, a.denominator) == (b.numerator, b.denominator)
  }

  public static func < (a: Budget, b: Budget) -> Bool { a.value < b.value }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(numerator)
    hasher.combine(denominator)
  }

  /// The budget as it was written.
  public var description: String { text }
}

extension Budget: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(String(from: decoder), norm: .l2)
  }

  public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}
