import Failures
import Runs
import Settings
import StableDynamics

/// The numbers that an option lists, separated by commas.
///
/// - Parameter range: of each of them.
/// - Throws: `InvalidOption` if the text is not such a list.
func numbers<Number: LosslessStringConvertible & Numeric>(
  _ option: String, _ text: String, in range: SettingRange
) throws -> [Number] {
  let items = text.split(separator: ",", omittingEmptySubsequences: false)
  let numbers = items.prefix(SettingRange.longestList).compactMap { item -> Number? in
    let word = String(item.drop(while: \.isWhitespace))
    guard let value = Double(word), range.contains(value) else { return nil }
    return Number(word)
  }
  guard numbers.count == items.count else {
    let kind = Number.self is any BinaryInteger.Type ? "integers" : "numbers"
    throw InvalidOption(
      "\(option): expected \(kind) in \(range) separated by commas, at most "
        + "\(SettingRange.longestList) of them, found '\(text.echoed(limit: 120))'")
  }
  return numbers
}
