import Reports
import Settings
import Yams

extension ConfigurationTree {
  /// The tree as a YAML document, a key a line.
  public var yaml: String { yaml(notes: [:]) }

  /// The same with a comment behind each setting that a note tells of, or above it where the line
  /// would be long.
  func yaml(notes: SettingNotes) -> String {
    lines(at: [], notes: notes).joined(separator: "\n") + "\n"
  }

  private func lines(at path: [String], notes: SettingNotes) -> [String] {
    guard case .mapping(let entries) = self, !entries.isEmpty else { return [description] }
    let indentation = String(repeating: "  ", count: path.count)
    return entries.flatMap { entry -> [String] in
      let path = path + [entry.key]
      let key = indentation + Self.scalar(entry.key) + ":"
      if case .mapping(let members) = entry.value, !members.isEmpty {
        return [key] + entry.value.lines(at: path, notes: notes)
      }
      let line = "\(key) \(entry.value)"
      guard let note = notes[path.joined(separator: ".")]?.comment else { return [line] }
      let commented = line.padded(to: 34) + "  # " + note
      return commented.count <= 110 ? [commented] : ["\(indentation)# \(note)", line]
    }
  }

  /// A string as a YAML scalar: plain where it reads back as itself, else in double quotes.
  static func scalar(_ string: String) -> String {
    let isPlain =
      string.wholeMatch(of: /[A-Za-z_\/.][A-Za-z0-9_\/.+-]*/) != nil
      && Node(string).tag == Tag(.str)
    return isPlain ? string : JSONValue.string(string).serialized
  }

  /// A YAML node without its place in the file. Keys that are not scalars are left out.
  init(_ node: Node) {
    switch node {
    case .mapping(let mapping):
      self = .mapping(
        mapping.compactMap { key, value in
          key.scalar.map { Entry($0.string, ConfigurationTree(value)) }
        })
    case .sequence(let sequence):
      self = .list(sequence.map(ConfigurationTree.init))
    case .scalar(let scalar):
      self.init(scalar, of: node)
    case .alias:
      self = .null
    }
  }

  private init(_ scalar: Node.Scalar, of node: Node) {
    // Quotes make a string of whatever they hold.
    let isQuoted = scalar.style == .doubleQuoted || scalar.style == .singleQuoted
    if isQuoted || scalar.string.isNumberOfYAMLAlone {
      self = .string(scalar.string)
    } else if node.null != nil {
      self = .null
    } else if node.tag == Tag(.bool), let value = node.bool {
      self = .bool(value)
    } else if node.tag == Tag(.int), let value = node.int {
      self = .integer(value)
    } else if node.tag == Tag(.float) || node.tag == Tag(.int), let value = node.float {
      self = .number(value)
    } else {
      self = .string(scalar.string)
    }
  }
}

extension String {
  /// Whether YAML 1.1 reads a number here where people do not: 010 as 8, 0x10 as 16, 1:30 as 90.
  fileprivate var isNumberOfYAMLAlone: Bool {
    wholeMatch(of: /[-+]?(0[0-9_oxb].*|[0-9_]+(:[0-9_]+)+(\.[0-9_]*)?)/) != nil
  }

  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
