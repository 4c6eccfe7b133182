/// The numbers that an option lists, separated by commas.
///
/// - Parameter arePositive: whether all have to be above 0 and finite.
/// - Throws: `InvalidOption` if the text is not such a list.
func numbers<Number: LosslessStringConvertible & Comparable & Numeric>(
  _ option: String, _ text: String, arePositive: Bool = false
) throws -> [Number] {
  let items = text.split(separator: ",", omittingEmptySubsequences: false)
  return try items.map { item in
    let word = item.drop(while: \.isWhitespace)
    guard let number = Number(String(word)), !arePositive || (number > 0 && isFinite(number)) else {
      let kind = Number.self is any BinaryInteger.Type ? "integers" : "numbers"
      throw InvalidOption(
        "\(option): expected \(kind)\(arePositive ? " above 0" : "") separated by commas, "
          + "found '\(text)'")
    }
    return number
  }
}

private func isFinite(_ number: some Numeric) -> Bool {
  (number as? any FloatingPoint)?.isFinite ?? true
}
