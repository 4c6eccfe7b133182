/// A protocol buffer being written, field by field.
///
/// Only the wire types that a TensorBoard event needs: varint (0), 64-bit (1), bytes (2) and
/// 32-bit (5).
package struct ProtobufMessage {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append(_ value: Int64, field: Int) {
    appendKey(field: field, wireType: 0)
    appendVarint(UInt64(bitPattern: value))
  }

  package mutating func append(_ value: Double, field: Int) {
    appendKey(field: field, wireType: 1)
    bytes += value.bitPattern.littleEndianBytes
  }

  package mutating func append(_ value: Float, field: Int) {
    appendKey(field: field, wireType: 5)
    bytes += value.bitPattern.littleEndianBytes
  }

  package mutating func append(_ value: String, field: Int) {
    append(Array(value.utf8), field: field)
  }

  package mutating func append(_ message: ProtobufMessage, field: Int) {
    append(message.bytes, field: field)
  }

  private mutating func append(_ payload: [UInt8], field: Int) {
    appendKey(field: field, wireType: 2)
    appendVarint(UInt64(payload.count))
    bytes += payload
  }

  private mutating func appendKey(field: Int, wireType: Int) {
    appendVarint(UInt64(field << 3 | wireType))
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
