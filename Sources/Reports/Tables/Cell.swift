import Foundation

extension Table {
  /// One entry of a table: a text, and what qualifies it.
  public struct Cell: Equatable, Sendable {
    /// The entry itself.
    public var text: String

    /// What qualifies the entry, such as its confidence interval; shown after it, smaller.
    public var detail: String?

    /// Whether the entry stands out, such as the best of its column.
    public var isEmphasized: Bool

    public init(_ text: String, detail: String? = nil, isEmphasized: Bool = false) {
      self.text = text
      self.detail = detail
      self.isEmphasized = isEmphasized
    }

    /// A fraction in percent with its confidence interval: `98.1 [97.0, 98.8]`.
    public static func percentage(
      _ fraction: Double, interval: ClosedRange<Double>? = nil, isEmphasized: Bool = false
    ) -> Cell {
      let detail = interval.map { "[\(percent($0.lowerBound)), \(percent($0.upperBound))]" }
      return Cell(percent(fraction), detail: detail, isEmphasized: isEmphasized)
    }

    /// A number with so many significant digits: `0.0123`.
    public static func number(_ value: Double, significantDigits: Int = 3) -> Cell {
      Cell(String(format: "%.\(significantDigits)g", value))
    }

    /// A bound with so many significant digits, rounded to the side on which it still holds: a lower
    /// one down, an upper one up.
    public static func bound(
      _ side: BoundSide, _ value: Double, significantDigits: Int = 3
    ) -> Cell {
      let nearest = String(format: "%.\(significantDigits)g", value)
      guard value.isFinite, let shown = Double(nearest), shown != 0 else { return Cell(nearest) }
      guard side == .lower ? shown > value : shown < value else { return Cell(nearest) }
      let unit = pow(10, floor(log10(abs(value))) - Double(significantDigits - 1))
      return Cell(
        String(
          format: "%.\(significantDigits)g", side == .lower ? shown - unit : shown + unit))
    }

    /// Which side of the truth a bound is on.
    public enum BoundSide: Sendable {
      case lower, upper
    }

    /// The entry of a figure that was not measured.
    public static let missing = Cell("–")

    /// The entry in one line of text.
    var line: String {
      guard let detail else { return text }
      return "\(text) \(detail)"
    }

    private static func percent(_ fraction: Double) -> String {
      String(format: "%.1f", 100 * fraction)
    }
  }
}

extension Table.Cell: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) {
    self.init(value)
  }
}
