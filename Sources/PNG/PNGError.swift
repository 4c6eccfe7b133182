import CPNG

/// Why a file cannot be read as PNG, in libpng's words where they are its.
public struct PNGError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// Calls a function that returns 0 after it wrote a message.
  static func throwing(_ call: (UnsafeMutablePointer<CChar>) -> Int32) throws(PNGError) {
    var message = [CChar](repeating: 0, count: Int(CP_MESSAGE_SIZE))
    let success = message.withUnsafeMutableBufferPointer { call($0.baseAddress!) }
    guard success == 0 else { return }
    let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw PNGError(description: String(decoding: text, as: UTF8.self))
  }
}
