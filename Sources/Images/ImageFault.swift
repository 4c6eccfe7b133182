import CImages

/// Why a file is no image that can be read, in the words of the format's library where they are its.
public struct ImageFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public let description: String

  /// Calls a function that returns 0 after it wrote a message.
  static func throwing(_ call: (UnsafeMutablePointer<CChar>) -> Int32) throws(ImageFault) {
    var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
    let success = message.withUnsafeMutableBufferPointer { call($0.baseAddress!) }
    guard success == 0 else { return }
    let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw ImageFault(description: String(decoding: text, as: UTF8.self))
  }
}
