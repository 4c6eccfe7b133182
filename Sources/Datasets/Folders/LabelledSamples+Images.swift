import Dispatch
import Failures
import Files
import Foundation
import Synchronization

extension LabelledSamples {
  /// Reads JPEG and PNG files of one size, all cores at once; grey ones become grey in three channels.
  ///
  /// - Parameters:
  ///   - entries: The files and their classes.
  ///   - shape: `[3, height, width]`.
  ///   - classNames: The name of each class.
  ///   - example: The file that has this shape, for the error.
  /// - Throws: `Failure` of kind `malformed` that names the first file that is no such image,
  ///   `fileSystem` for one that cannot be read.
  init(
    imageFiles entries: [ImageFolder.Entry], shape: [Int], classNames: [String], example: String
  ) throws(Failure) {
    let size = shape.reduce(1, *)
    let total = entries.count.multipliedReportingOverflow(by: size)
    guard !total.overflow, total.partialValue <= ProcessInfo.processInfo.physicalMemory else {
      throw Failure(
        .malformed, at: example, expected: "images that fit into memory together",
        found: "\(entries.count) of \(shape[2]) x \(shape[1]) pixels",
        remedy: "Make the images smaller, or take fewer.")
    }
    // The failure of the earliest file, so that the message does not depend on the order of work.
    let failure = Mutex<(index: Int, error: Failure)?>(nil)
    let chunkSize = 64
    let pixels = [UInt8](unsafeUninitializedCapacity: total.partialValue) { buffer, count in
      buffer.requestLargePages()
      nonisolated(unsafe) let buffer = buffer
      DispatchQueue.concurrentPerform(iterations: (entries.count + chunkSize - 1) / chunkSize) {
        let chunk = $0 * chunkSize..<min(($0 + 1) * chunkSize, entries.count)
        if failure.withLock({ $0 != nil && $0!.index < chunk.lowerBound }) { return }
        for index in chunk {
          do throws(Failure) {
            try Self.decode(
              entries[index].path, shape, example,
              into: UnsafeMutableBufferPointer(
                rebasing: buffer[index * size..<(index + 1) * size]))
          } catch {
            failure.withLock { if $0 == nil || $0!.index > index { $0 = (index, error) } }
            return
          }
        }
      }
      count = failure.withLock { $0 == nil } ? total.partialValue : 0
    }
    if let first = failure.withLock({ $0 }) { throw first.error }
    try self.init(
      samples: Samples(bytes: pixels, divisor: 255, shape: shape), labels: entries.map(\.label),
      classNames: classNames, location: example)
  }

  private static func decode(
    _ path: String, _ shape: [Int], _ example: String,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(Failure) {
    let file = try RegularFile(path).content()
    do {
      try ImageFormat.decode(file, width: shape[2], height: shape[1], into: planes)
    } catch {
      throw Failure(
        .malformed, at: path,
        expected: "a JPEG or PNG image of \(shape[2]) x \(shape[1]) pixels, as \(example) is",
        found: error.found, remedy: "Give all images one size, or take this one out.")
    }
  }
}
