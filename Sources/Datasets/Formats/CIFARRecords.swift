import Failures
import Files
import Foundation

/// Images and labels on their way out of files in the binary format of CIFAR.
///
/// A record is one label byte (CIFAR-10) or two, the coarse and the fine label (CIFAR-100), and the
/// planes of an image. The last label byte is the class; the coarse one is not kept.
public struct CIFARRecords: Sendable {
  private let labelBytes: Int
  private let shape: [Int]
  private let classNames: [String]
  private let imageSize: Int
  private var labels: [Int] = []
  private var pixels: [UInt8] = []
  private var firstLocation: String?

  private var recordSize: Int { labelBytes + imageSize }

  /// Begins without a record.
  ///
  /// - Parameters:
  ///   - labelBytes: The number of label bytes before an image.
  ///   - shape: The shape of one image, `[channels, height, width]`.
  ///   - classNames: The name of each class.
  public init(labelBytes: Int, shape: [Int], classNames: [String]) {
    precondition(labelBytes > 0, "CIFARRecords: \(labelBytes) label bytes")
    self.labelBytes = labelBytes
    self.shape = shape
    self.classNames = classNames
    imageSize = shape.reduce(1, *)
  }

  /// Adds the records of the content of a file.
  ///
  /// - Throws: `Failure` of kind `malformed` if there is none, one is cut short, or a label is
  ///   no class.
  public mutating func append(_ content: [UInt8], location: String) throws(Failure) {
    try check(size: content.count, location)
    try content.withUnsafeBufferPointer { (bytes) throws(Failure) in
      try append(bytes, after: 0, location)
    }
  }

  /// Adds the records of files, one after the other, a few hundred kilobytes at a time: what stays in
  /// the processor's cache between reading and sorting is sorted for nothing.
  ///
  /// - Parameter limit: The most bytes that a file may have.
  mutating func append(contentsOf files: [URL], limit: Int) throws(Failure) {
    var open: [RegularFile] = []
    for file in files { open.append(try RegularFile(file.path)) }
    let capacity = pixels.count + open.reduce(0) { $0 + min($1.size, limit) }
    pixels.reserveCapacity(capacity)
    pixels.withUnsafeMutableBufferPointer { filled in
      UnsafeMutableBufferPointer(start: filled.baseAddress, count: capacity).requestLargePages()
    }
    var buffer = [UInt8](repeating: 0, count: max(1, (1 << 18) / recordSize) * recordSize)
    for (url, file) in zip(files, open) {
      var count = 0
      while true {
        let read = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in
          try file.read(into: buffer)
        }
        // No class has the number with which gzip begins in its first byte: 31.
        if count == 0, Gzip.isGzip(Array(buffer.prefix(2))),
          classNames.count <= 31 || labelBytes > 1
        {
          try append(FileContent(of: url, limit: limit).bytes, location: file.path)
          break
        }
        if count == 0 { try check(size: file.size, file.path) }
        guard read > 0 else { break }
        try buffer.withUnsafeBufferPointer { (bytes) throws(Failure) in
          try append(UnsafeBufferPointer(rebasing: bytes[..<read]), after: count, file.path)
        }
        count += read / recordSize
      }
    }
  }

  /// The images and labels so far.
  ///
  /// - Throws: `Failure` of kind `malformed` if a label is no class.
  public func samples() throws(Failure) -> LabelledSamples {
    try LabelledSamples(
      samples: Samples(bytes: pixels, divisor: 255, shape: shape), labels: labels,
      classNames: classNames, location: firstLocation ?? "records")
  }

  private func check(size: Int, _ location: String) throws(Failure) {
    guard size > 0, size.isMultiple(of: recordSize) else {
      throw Failure(
        .malformed, at: location,
        expected: "a whole number of records of \(recordSize) bytes", found: "\(size) bytes",
        remedy: "The file is cut short or of another format; unpack the archive again.")
    }
  }

  /// Adds whole records of a file that has had `count` before.
  private mutating func append(
    _ records: UnsafeBufferPointer<UInt8>, after count: Int, _ location: String
  ) throws(Failure) {
    firstLocation = firstLocation ?? location
    for index in 0..<records.count / recordSize {
      let image = index * recordSize + labelBytes
      let label = Int(records[image - 1])
      guard label < classNames.count else {
        throw Failure(
          .malformed, at: location, expected: "labels from 0 to \(classNames.count - 1)",
          found: "label \(label) of record \(count + index)",
          remedy: "The file belongs to another data set or is damaged; unpack the archive again.")
      }
      labels.append(label)
      pixels.append(contentsOf: records[image..<image + imageSize])
    }
  }
}
