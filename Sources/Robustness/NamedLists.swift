/// The names in a list that a user wrote: a list's own name, or known names separated by commas.
///
/// - Throws: `RobustnessError` of kind `unknownName`, or `invalidOption` if one is named twice.
func namesInList(
  _ text: String, of subject: String, known: [String], lists: KeyValuePairs<String, [String]>
) throws(RobustnessError) -> [String] {
  if let list = lists.first(where: { $0.key == text }) { return list.value }
  var names: [String] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    let name = String(part.filter { !$0.isWhitespace })
    guard known.contains(name) else {
      throw RobustnessError(
        .unknownName, at: subject, expected: "one of \(known.joined(separator: ", "))",
        found: "'\(name)'",
        remedy: "Separate names by commas, or write one of "
          + "\(lists.map(\.key).joined(separator: ", ")).")
    }
    guard !names.contains(name) else {
      throw RobustnessError(
        .invalidOption, at: subject, expected: "each name once", found: "'\(name)' twice",
        remedy: "Leave the repetition out.")
    }
    names.append(name)
  }
  return names
}

extension Array {
  /// The elements with the given names, in the order of the names.
  func sorted(like names: [String], by name: KeyPath<Element, String>) -> [Element] {
    names.compactMap { wanted in first { $0[keyPath: name] == wanted } }
  }
}
