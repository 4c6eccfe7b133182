extension LabelledSamples {
  /// Reads records of one label byte and the planes of one image: the binary version of CIFAR-10.
  ///
  /// - Parameters:
  ///   - records: The content of one file after the other; each of any whole number of records.
  ///   - shape: The shape of one image, `[channels, height, width]`.
  ///   - classNames: The name of each class.
  /// - Throws: `DatasetError` of kind `malformedData` if a file is empty, ends within a record or
  ///   has a label that is no class.
  init(
    records files: [(content: [UInt8], location: String)], shape: [Int], classNames: [String]
  ) throws(DatasetError) {
    let imageSize = shape.reduce(1, *)
    let recordSize = 1 + imageSize
    var (labels, pixels): ([Int], [UInt8]) = ([], [])
    pixels.reserveCapacity(files.reduce(0) { $0 + $1.content.count })
    for (content, location) in files {
      guard !content.isEmpty, content.count.isMultiple(of: recordSize) else {
        throw DatasetError(
          .malformedData, at: location,
          expected: "a whole number of records of \(recordSize) bytes",
          found: "\(content.count) bytes",
          remedy: "The file is cut short or of another format; unpack the archive again.")
      }
      for start in stride(from: 0, to: content.count, by: recordSize) {
        let label = Int(content[start])
        guard label < classNames.count else {
          throw DatasetError(
            .malformedData, at: location, expected: "labels from 0 to \(classNames.count - 1)",
            found: "label \(label) of record \(start / recordSize)",
            remedy: "The file belongs to another data set or is damaged; unpack the archive again.")
        }
        labels.append(label)
        pixels += content[start + 1..<start + recordSize]
      }
    }
    try self.init(
      samples: Samples(bytes: pixels, divisor: 255, shape: shape), labels: labels,
      classNames: classNames, location: files.first?.location ?? "records")
  }
}
