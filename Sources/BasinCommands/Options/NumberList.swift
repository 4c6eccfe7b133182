import ArgumentParser

/// The numbers that an option lists, separated by commas.
///
/// - Parameter least: where given, all are above it.
/// - Throws: `ValidationError` if the text is not such a list.
func numbers<Number: LosslessStringConvertible & Comparable>(
  _ option: String, _ text: String, above least: Number? = nil
) throws -> [Number] {
  let items = text.split(separator: ",", omittingEmptySubsequences: false)
  return try items.map { item in
    let word = item.drop(while: \.isWhitespace)
    guard let number = Number(String(word)), least.map({ number > $0 }) ?? true else {
      let kind = Number.self is any BinaryInteger.Type ? "integers" : "numbers"
      let range = least.map { " above \($0)" } ?? ""
      throw ValidationError(
        "\(option): expected \(kind)\(range) separated by commas, found '\(text)'")
    }
    return number
  }
}
