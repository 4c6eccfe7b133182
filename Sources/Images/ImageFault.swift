import CImages

/// Why a file is no image that can be read, in the words of the format's library where they are its.
public struct ImageFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public let description: String
  /// What to do about it, where a file is whole and of a kind that is not read: a sentence.
  public let remedy: String?

  init(description: String, remedy: String? = nil) {
    self.description = description
    self.remedy = remedy
  }

  /// Calls a function that returns 0 after it wrote a message: what was found, and on a line of its own the
  /// remedy, if there is one.
  static func throwing(_ call: (UnsafeMutablePointer<CChar>) -> Int32) throws(ImageFault) {
    var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
    let success = message.withUnsafeMutableBufferPointer { call($0.baseAddress!) }
    guard success == 0 else { return }
    let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", maxSplits: 1)
      .map(String.init)
    throw ImageFault(description: lines[0], remedy: lines.count > 1 ? lines[1] : nil)
  }
}
