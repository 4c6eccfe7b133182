/// One entry of a TensorBoard event file.
package struct TensorBoardEvent {
  package enum Content {
    /// The first entry of every file: which format follows.
    case fileVersion

    /// A session begins at this step; what earlier sessions wrote from it on no longer counts.
    case sessionStart

    /// Named figures of this step.
    case scalars([(tag: String, value: Double)])
  }

  /// When it happened, in seconds since 1970.
  package var wallTime: Double
  package var step: Int
  package var content: Content

  package init(wallTime: Double, step: Int, content: Content) {
    self.wallTime = wallTime
    self.step = step
    self.content = content
  }

  /// The event as the protocol buffer `tensorflow.Event`.
  package var encoded: [UInt8] {
    var event = ProtobufMessage()
    event.append(wallTime, field: 1)
    if step != 0 { event.append(Int64(step), field: 2) }
    switch content {
    case .fileVersion:
      event.append("brain.Event:2", field: 3)
    case .sessionStart:
      var sessionLog = ProtobufMessage()
      sessionLog.append(Int64(1), field: 1)
      event.append(sessionLog, field: 7)
    case .scalars(let scalars):
      var summary = ProtobufMessage()
      for (tag, scalar) in scalars {
        var value = ProtobufMessage()
        value.append(tag, field: 1)
        value.append(Float(scalar), field: 2)
        summary.append(value, field: 1)
      }
      event.append(summary, field: 5)
    }
    return event.bytes
  }
}
