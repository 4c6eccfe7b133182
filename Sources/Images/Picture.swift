/// One image as numbers.
public struct Picture: Sendable, Hashable {
  /// As the file has it: 1 channel is grey, 3 are colours.
  public let layout: ImageLayout
  /// Numbers in [0, 1], three planes one after the other, rows from the top: red, green and blue.
  public let planes: [Float]

  /// Decodes a file in any of the formats.
  ///
  /// - Throws: `ImageFault` where it is in none of them, or cannot be read.
  public init(decoding file: [UInt8]) throws(ImageFault) {
    let format = try ImageFormats.format(of: file)
    let layout = try format.layout(of: file)
    self.layout = layout
    let count = 3 * layout.width * layout.height
    var fault: ImageFault?
    planes = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(ImageFault) {
        try file.withUnsafeBufferPointer { (file) throws(ImageFault) in
          try format.decode(
            file, width: layout.width, height: layout.height,
            into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
        filled = count
      } catch {
        fault = error
      }
    }
    if let fault { throw fault }
  }
}
