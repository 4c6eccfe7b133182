import Datasets
import Tensors

/// Damage as it happens, or as someone does it: flipped bits, cuts, insertions, pieces of other files,
/// and absurd lengths.
enum Mutation {
  /// One of the inputs with one to six kinds of damage, seldom longer than twice the longest.
  static func mutated(_ inputs: [[UInt8]], using generator: inout SplitMix64) -> [UInt8] {
    var bytes = inputs[generator.next(below: inputs.count)]
    for _ in 0...generator.next(below: 6) {
      guard !bytes.isEmpty else { return bytes }
      // Half of the damage goes to the beginning, where formats say the most.
      let reach = generator.next(below: 2) == 0 ? min(64, bytes.count) : bytes.count
      let place = generator.next(below: reach)
      switch generator.next(below: 9) {
      case 0: bytes[place] ^= 1 << UInt8(generator.next(below: 8))
      case 1: bytes[place] = telling[generator.next(below: telling.count)]
      case 2: bytes[place] = UInt8(generator.next(below: 256))
      case 3: bytes.removeSubrange(place...)
      case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + generator.next(below: 16)))
      case 5:
        let count = 1 + generator.next(below: 16)
        bytes.insert(
          contentsOf: (0..<count).map { _ in UInt8(generator.next(below: 256)) }, at: place)
      case 6: overwrite(&bytes, at: place, using: &generator)
      case 7:
        let donor = inputs[generator.next(below: inputs.count)]
        let start = generator.next(below: donor.count)
        let piece = donor[start..<min(donor.count, start + 1 + generator.next(below: 64))]
        bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
      default:
        let piece = bytes[place..<min(bytes.count, place + 1 + generator.next(below: 64))]
        bytes.insert(contentsOf: piece, at: generator.next(below: bytes.count + 1))
      }
    }
    return bytes
  }

  private static let telling: [UInt8] = [0, 1, 2, 9, 10, 0x20, 0x2D, 0x39, 0x7F, 0x80, 0xFE, 0xFF]

  /// A length or count that no file has, of 2, 4 or 8 bytes in either order, or in digits.
  private static func overwrite(
    _ bytes: inout [UInt8], at place: Int, using generator: inout SplitMix64
  ) {
    let values: [UInt64] = [
      .max, 1 << 63, 1 << 62, 1 << 32, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 1 << 24, 0xFFFF, 0,
    ]
    let value = values[generator.next(below: values.count)]
    let width = [2, 4, 8][generator.next(below: 3)]
    var field = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    switch generator.next(below: 3) {
    case 0: field.reverse()
    case 1: field = Array(String(value).utf8)
    default: break
    }
    bytes.replaceSubrange(place..<min(bytes.count, place + field.count), with: field)
  }
}
