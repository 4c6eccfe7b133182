import Files
import Foundation
import Reports
import StableDynamics
import Yams

/// YAML that may be anyone's, read within bounds.
///
/// A few hundred bytes of YAML can stand for more nodes than a machine has memory for, by aliases of
/// aliases, and its mappings may be nested or keyed by other mappings without end. Settings need none of
/// that: they are values written out, a few levels deep.
package struct ConfigurationText {
  /// Bytes, more than ten times the longest file that Basin writes.
  package static let mostBytes = 65_536
  /// Keys and values together.
  package static let mostNodes = 10_000
  /// Levels of mappings and lists, and keys of a path.
  package static let mostLevels = 16
  /// What reads as an alias anywhere, in comments and strings too. The reader compares keys of mappings
  /// before it gives anything out, and k aliases stand for at most about e^(k/e) copies.
  package static let mostAliases = 16

  /// The root of the document; nil if it is empty.
  package let root: Node?
  // Anchors of nodes live as long as the parser.
  private let parser: Parser?

  /// Reads a document.
  ///
  /// - Parameter origin: the file or flag, for errors.
  /// - Throws: `ConfigurationError` of kind `malformed`.
  package init(_ text: String, origin: String) throws(ConfigurationError) {
    try Self.require(text.utf8.count <= Self.mostBytes, origin, "at most \(Self.mostBytes) bytes") {
      "\(text.utf8.count)"
    }
    let marks = Self.aliasMarks(in: text)
    try Self.require(marks <= Self.mostAliases, origin, "values written out, without aliases") {
      "\(marks) words that begin with *"
    }
    let document = Document(text: text, origin: origin)
    // A level takes a byte at least, and the reader about a kilobyte of the stack for each.
    if text.utf8.count < 200 { document.read() } else { Self.onDeepStack(document.read) }
    (parser, root) = try document.content.get()
  }

  /// Reads a file, or what a shell puts in the place of one.
  package init(contentsOf url: URL) throws(ConfigurationError) {
    let content: Data
    do {
      let file = try FileHandle(forReadingFrom: url)
      content = try file.read(upToCount: Self.mostBytes + 1) ?? Data()
    } catch {
      throw .unreadable(path: url.relativePath, reason: error.systemReason)
    }
    guard let text = String(data: content, encoding: .utf8) else {
      throw .malformed(
        origin: url.relativePath, expected: "text in UTF-8 of at most \(Self.mostBytes) bytes",
        found: "other bytes")
    }
    try self.init(text, origin: url.relativePath)
  }

  /// A document that is read on another thread.
  private final class Document: @unchecked Sendable {
    let text: String
    let origin: String
    var content: Result<(Parser?, Node?), ConfigurationError> = .success((nil, nil))

    init(text: String, origin: String) { (self.text, self.origin) = (text, origin) }

    @Sendable func read() {
      content = Result { () throws(ConfigurationError) in
        let parser: Parser
        let root: Node?
        do {
          parser = try Parser(yaml: text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)
          root = try parser.singleRoot()
        } catch {
          let problem = "\(error)".split(separator: "\n").prefix(3).joined(separator: " | ")
          throw ConfigurationError.malformed(
            origin: origin, expected: "well-formed YAML", found: problem)
        }
        var count = 0
        if let root { try check(root, level: 0, count: &count, origin: origin) }
        return (parser, root)
      }
    }
  }

  /// Runs `body` with room for the thousand levels that the reader allows, which threads other than the
  /// first one lack.
  private static func onDeepStack(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      body()
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    done.wait()
  }

  /// Places where an asterisk stands before what may be the name of an anchor, and not within a word or
  /// behind a parenthesis as in the products of formulas, where no alias begins.
  private static func aliasMarks(in text: String) -> Int {
    var count = 0
    var isAsterisk = false
    var last: UInt8?
    for byte in text.utf8 {
      if isAsterisk, byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte.isAlphanumeric {
        count += 1
      }
      let isInside = last.map { $0.isAlphanumeric || $0 == UInt8(ascii: ")") } ?? false
      isAsterisk = byte == UInt8(ascii: "*") && !isInside
      last = byte
    }
    return count
  }

  /// Goes through a tree, in which nothing occurs twice as long as nothing has an anchor.
  private static func check(
    _ node: Node, level: Int, count: inout Int, origin: String
  ) throws(ConfigurationError) {
    let place = node.mark.map { "\(origin):\($0.line)" } ?? origin
    count += 1
    try require(count <= mostNodes, place, "at most \(mostNodes) keys and values") { "more" }
    try require(level <= mostLevels, place, "at most \(mostLevels) levels") { "more" }
    if let anchor = node.anchor {
      throw .malformed(
        origin: place, expected: "values written out, without anchors and aliases",
        found: "&\(anchor.rawValue)")
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        try check(key, level: level + 1, count: &count, origin: origin)
        try check(value, level: level + 1, count: &count, origin: origin)
      }
    case .sequence(let sequence):
      for element in sequence {
        try check(element, level: level + 1, count: &count, origin: origin)
      }
    case .scalar, .alias: break
    }
  }

  private static func require(
    _ holds: Bool, _ origin: String, _ expected: String, found: () -> String
  ) throws(ConfigurationError) {
    if !holds { throw .malformed(origin: origin, expected: expected, found: found()) }
  }
}

extension UInt8 {
  fileprivate var isAlphanumeric: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
