/// Slurm's short form of many host names, such as `rack1-node[01-04,07],login`.
package enum HostList {
  /// The first host, or nil if the text is not of this form: in brackets, ranges stand for their
  /// first number and lists for their first part.
  package static func first(of list: String) -> String? {
    var host = ""
    var rest = Substring(list)
    while let character = rest.first, character != "," {
      rest.removeFirst()
      switch character {
      case "[":
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let number = rest[..<end].prefix { $0 != "-" && $0 != "," }
        guard !number.isEmpty, number.allSatisfy(\.isNumber) else { return nil }
        host += number
        rest = rest[rest.index(after: end)...]
      case "]", " ": return nil
      default: host.append(character)
      }
    }
    return host.isEmpty ? nil : host
  }
}
