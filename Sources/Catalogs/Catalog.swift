import Synchronization

/// What can be asked for by a name: methods, attacks, corruptions, data sets, penalties.
///
/// Those that come with Basin stand first. A package that depends on it adds its own, once, before
/// anything is looked up.
public final class Catalog<Entry: Sendable>: Sendable {
  private let subject: String
  private let reserved: Set<String>
  private let name: @Sendable (Entry) -> String
  private let contents: Mutex<[Entry]>

  /// - Parameters:
  ///   - entries: of different names.
  ///   - subject: what an entry is, in a word or two, for errors.
  ///   - reserved: names that mean something else where entries are asked for, such as `none`.
  ///   - name: what an entry is called.
  public init(
    _ entries: [Entry], of subject: String, reserved: [String] = [],
    name: @escaping @Sendable (Entry) -> String
  ) {
    self.subject = subject
    self.reserved = Set(reserved)
    self.name = name
    contents = Mutex(entries)
  }

  /// The entries, in the order in which they were added.
  public var entries: [Entry] { contents.withLock { $0 } }

  /// The names of the entries, in the same order.
  public var names: [String] { entries.map(name) }

  /// The entry of a name; nil if there is none.
  public subscript(name: String) -> Entry? { entries.first { self.name($0) == name } }

  /// Adds an entry behind the others.
  ///
  /// - Throws: `CatalogError` if its name cannot be written where names are, or is taken.
  public func add(_ entry: Entry) throws(CatalogError) {
    let new = name(entry)
    guard new.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil else {
      throw CatalogError(
        subject: subject, name: new,
        expected: "small letters, digits and single hyphens, with a letter first")
    }
    let isFree = contents.withLock { entries in
      guard !reserved.contains(new), !entries.contains(where: { name($0) == new }) else {
        return false
      }
      entries.append(entry)
      return true
    }
    guard isFree else {
      throw CatalogError(subject: subject, name: new, expected: "a name that is not taken")
    }
  }
}

/// A name that an entry of a catalog cannot have.
public struct CatalogError: Error, Hashable, CustomStringConvertible {
  /// What was to be added.
  public let subject: String
  /// The name that was asked for.
  public let name: String
  /// What a name there can be, as words that follow "expected".
  public let expected: String

  public var description: String { "\(subject): expected \(expected), found '\(name)'" }
}
