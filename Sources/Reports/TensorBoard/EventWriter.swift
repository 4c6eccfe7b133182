import Failures
import Files
import Foundation

/// Writes the scalars of a training where TensorBoard finds them.
///
/// Each writer makes one new file `events.out.tfevents.*` in the run folder, as TensorBoard expects
/// of each session of a run. Writes are synchronous and in order: when ``write(_:step:at:)`` returns,
/// the operating system has the record, and a process that is killed later loses none of it.
///
/// ```swift
/// let events = try EventWriter(directory: run)
/// try events.write([("loss/total", 0.31)], step: 12)
/// ```
public final class EventWriter {
  /// The file that this writer makes.
  public let url: URL

  private let file: FileHandle

  /// Creates a new event file in `directory`, which is created if absent.
  ///
  /// - Parameter firstStep: Given when a run resumes: the first step that this session will write.
  ///   TensorBoard then forgets what an interrupted session wrote from that step on.
  /// - Throws: `Failure` if the directory or the file cannot be written.
  public init(
    directory: URL, resumingAt firstStep: Int? = nil, at time: Date = Date()
  ) throws(Failure) {
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(directory.path, error.systemReason)
    }
    (url, file) = try Self.createFile(in: directory, at: time)
    let wallTime = time.timeIntervalSince1970
    try append(TensorBoardEvent(wallTime: wallTime, step: 0, content: .fileVersion))
    if let firstStep {
      try append(TensorBoardEvent(wallTime: wallTime, step: firstStep, content: .sessionStart))
    }
  }

  deinit {
    try? file.close()
  }

  /// Writes named figures of one step; a `/` in a tag groups charts in TensorBoard.
  ///
  /// - Throws: `Failure` if the file cannot be written.
  public func write(
    _ scalars: [(tag: String, value: Double)], step: Int, at time: Date = Date()
  ) throws(Failure) {
    try append(
      TensorBoardEvent(
        wallTime: time.timeIntervalSince1970, step: step, content: .scalars(scalars)))
  }

  private func append(_ event: TensorBoardEvent) throws(Failure) {
    do {
      try file.write(contentsOf: TFRecord.frame(event.encoded))
    } catch {
      throw .unwritable(url.path, error.systemReason)
    }
  }

  /// A file that did not exist before: sessions that begin within one second get a number each, so
  /// that their names sort in the order of their making.
  private static func createFile(
    in directory: URL, at time: Date
  ) throws(Failure) -> (URL, FileHandle) {
    let stem = String(format: "events.out.tfevents.%010d", Int(time.timeIntervalSince1970))
    var number = 0
    while true {
      let url = directory.appendingPathComponent(String(format: "%@.basin.%03d", stem, number))
      let descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      if descriptor >= 0 {
        return (url, FileHandle(fileDescriptor: descriptor, closeOnDealloc: false))
      }
      guard errno == EEXIST else {
        throw .unwritable(url.path, String(cString: strerror(errno)))
      }
      number += 1
    }
  }
}
