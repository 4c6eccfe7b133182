import Failures

/// The names that a user's list stands for, in its order: known names and names of whole lists,
/// separated by commas. The name of a list stands for what is in it; what is named more than once,
/// by itself or in lists that overlap, counts where it comes first.
///
/// - Parameters:
///   - subject: the option, for an error.
///   - lists: those that have a name of their own; one may be empty, such as `none`.
/// - Throws: `Failure` of kind `unknownName`.
package func namesInList(
  _ text: String, of subject: String, known: [String], lists: KeyValuePairs<String, [String]>
) throws(Failure) -> [String] {
  var names: [String] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    let name = String(part.filter { !$0.isWhitespace })
    let list = lists.first { $0.key == name }?.value
    guard let members = list ?? (known.contains(name) ? [name] : nil) else {
      throw Failure(
        .unknownName, at: subject, expected: "one of \(known.joined(separator: ", "))",
        found: "'\(name)'",
        remedy: "Separate names by commas. Lists have names too: "
          + "\(lists.map(\.key).joined(separator: ", ")).")
    }
    for member in members where !names.contains(member) { names.append(member) }
  }
  return names
}

extension Array {
  /// The elements with the given names, in the order of the names.
  func sorted(like names: [String], by name: KeyPath<Element, String>) -> [Element] {
    names.compactMap { wanted in first { $0[keyPath: name] == wanted } }
  }
}
