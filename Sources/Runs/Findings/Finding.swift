import Failures
import Files
import Foundation
import NeuralNetworks

/// What a command found, as one JSON object: printed with `--format json`, kept in the run folder.
public protocol Finding: Codable {
  /// The version of the layout; readers refuse a higher one.
  static var currentSchemaVersion: Int { get }
  /// The version of the layout that this object has, which its JSON carries.
  var schemaVersion: Int { get }
  /// Whether the object is set in many lines, for people; long lists of numbers are for programs.
  static var isIndented: Bool { get }
}

extension Finding {
  public static var currentSchemaVersion: Int { 1 }
  public static var isIndented: Bool { true }
  /// The longest file that is read, ten times and more what Basin writes.
  static var mostBytes: Int { 256 << 20 }

  /// The object with sorted keys. Numbers that JSON lacks are the strings `inf`, `-inf` and `nan`.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      if Self.isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// Writes the object to a file, as a whole or not at all.
  ///
  /// - Throws: `Failure` if the file cannot be written.
  public func write(to url: URL) throws {
    try AtomicFile.write((try json + "\n").utf8, to: url.relativePath)
  }

  /// Reads what an earlier command has written; nil if it has written nothing.
  ///
  /// - Throws: `Failure` if the file cannot be read or is of another layout.
  public static func read(from url: URL) throws(Failure) -> Self? {
    let content: [UInt8]
    do {
      content = try RegularFile.content(of: url.path, limit: mostBytes)
    } catch  where error.kind == .missing {
      return nil
    } catch {
      throw error.restated(
        .malformed, at: url.relativePath,
        expected: "a file of at most \(mostBytes) bytes that can be read",
        remedy: "Move what is there away and run the command that writes it again.")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let found = try decoder.decode(Self.self, from: Data(content))
      guard found.schemaVersion <= currentSchemaVersion else {
        throw Failure(
          at: url.relativePath, expected: "schemaVersion up to \(currentSchemaVersion)",
          found: "\(found.schemaVersion)", remedy: "Use the version of Basin that wrote it.")
      }
      return found
    } catch let error as Failure {
      throw error
    } catch {
      throw Failure(
        at: url.relativePath, expected: "the JSON of Basin's \(Self.self)", found: "something else",
        remedy:
          "Give a file that Basin wrote, or move it away and run the command that writes it again."
      )
    }
  }
}
