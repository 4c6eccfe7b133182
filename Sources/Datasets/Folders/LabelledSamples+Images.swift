import Dispatch
import Failures
import Files
import Foundation
import Images
import Synchronization

extension LabelledSamples {
  /// Reads pictures of one size, all cores at once; grey ones become grey in three channels. Where one has
  /// more than 8 bits, the samples are numbers, shares of each file's highest level, else bytes.
  ///
  /// - Parameters:
  ///   - entries: The files and their classes.
  ///   - shape: `[3, height, width]`.
  ///   - classNames: The name of each class.
  ///   - example: The file that has this shape, for the error.
  /// - Throws: `Failure` of kind `malformed` that names the first file that is no such image, `fileSystem`
  ///   for one that cannot be read.
  init(
    imageFiles entries: [ImageFolder.Entry], shape: [Int], classNames: [String], example: String
  ) throws(Failure) {
    let reading = ImageReading(entries: entries, shape: shape, example: example)
    let samples =
      if let bytes: [UInt8] = try reading.pixels(stoppingAtDepth: { $0 > 8 }) {
        Samples(bytes: bytes, divisor: 255, shape: shape)
      } else {
        Samples(values: try reading.pixels(stoppingAtDepth: { _ in false })!, shape: shape)
      }
    try self.init(
      samples: samples, labels: entries.map(\.label), classNames: classNames, location: example)
  }
}

/// A level of a pixel as it is kept.
private protocol PixelNumber: Sendable {
  static func decode(
    _ file: UnsafeBufferPointer<UInt8>, by format: any ImageFormat, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<Self>
  ) throws(ImageFault)
}

extension UInt8: PixelNumber {
  fileprivate static func decode(
    _ file: UnsafeBufferPointer<UInt8>, by format: any ImageFormat, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    try format.decode(file, width: width, height: height, into: planes)
  }
}

extension Float: PixelNumber {
  fileprivate static func decode(
    _ file: UnsafeBufferPointer<UInt8>, by format: any ImageFormat, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<Float>
  ) throws(ImageFault) {
    try format.decode(file, width: width, height: height, into: planes)
  }
}

/// Files of pictures on their way into one array.
private struct ImageReading {
  let entries: [ImageFolder.Entry]
  let shape: [Int]
  let example: String

  /// Why a file was not decoded.
  private enum Stop: Error {
    case failure(Failure)
    case depth
  }

  /// The pixels of all files, `[count, 3, height, width]`; nil if one has a depth that stops the reading.
  func pixels<Number: PixelNumber>(
    stoppingAtDepth stops: @Sendable (Int) -> Bool
  ) throws(Failure) -> [Number]? {
    let size = shape.reduce(1, *)
    let total = entries.count.multipliedReportingOverflow(by: size)
    let bytes = total.partialValue.multipliedReportingOverflow(by: MemoryLayout<Number>.stride)
    guard !total.overflow, !bytes.overflow,
      bytes.partialValue <= ProcessInfo.processInfo.physicalMemory
    else {
      throw Failure(
        .malformed, at: example, expected: "images that fit into memory together",
        found: "\(entries.count) of \(shape[2]) x \(shape[1]) pixels",
        remedy: "Make the images smaller, or take fewer.")
    }
    // The failure of the earliest file, so that the message does not depend on the order of work.
    let stop = Mutex<(index: Int, reason: Stop)?>(nil)
    let chunkSize = 64
    let pixels = [Number](unsafeUninitializedCapacity: total.partialValue) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt8.self).requestLargePages()
      nonisolated(unsafe) let buffer = buffer
      DispatchQueue.concurrentPerform(iterations: (entries.count + chunkSize - 1) / chunkSize) {
        let chunk = $0 * chunkSize..<min(($0 + 1) * chunkSize, entries.count)
        if stop.withLock({ $0 != nil && $0!.index < chunk.lowerBound }) { return }
        for index in chunk {
          do throws(Stop) {
            try decode(
              entries[index].path, stops,
              into: UnsafeMutableBufferPointer(
                rebasing: buffer[index * size..<(index + 1) * size]))
          } catch {
            stop.withLock { if $0 == nil || $0!.index > index { $0 = (index, error) } }
            return
          }
        }
      }
      count = stop.withLock { $0 == nil } ? total.partialValue : 0
    }
    switch stop.withLock({ $0?.reason }) {
    case nil: return pixels
    case .depth: return nil
    case .failure(let failure): throw failure
    }
  }

  private func decode<Number: PixelNumber>(
    _ path: String, _ stops: (Int) -> Bool, into planes: UnsafeMutableBufferPointer<Number>
  ) throws(Stop) {
    let file: [UInt8]
    do {
      file = try RegularFile.content(of: path)
    } catch {
      throw .failure(error)
    }
    do {
      let format = try ImageFormats.format(of: file)
      try file.withUnsafeBufferPointer { file in
        guard !stops(format.depth(of: file)) else { throw Stop.depth }
        try Number.decode(file, by: format, width: shape[2], height: shape[1], into: planes)
      }
    } catch let stop as Stop {
      throw stop
    } catch {
      throw .failure(
        Failure(
          .malformed, at: path,
          expected:
            "a \(ImageFormats.names) image of \(shape[2]) x \(shape[1]) pixels, as \(example) is",
          found: "\(error)",
          remedy: (error as? ImageFault)?.remedy
            ?? "Give all images one size, or take this one out."))
    }
  }
}
