/// One entry of a TensorBoard event file.
struct TensorBoardEvent {
  enum Content {
    /// The first entry of every file: which format follows.
    case fileVersion

    /// A session begins at this step; what earlier sessions wrote from it on no longer counts.
    case sessionStart

    /// Named figures of this step.
    case scalars([(tag: String, value: Double)])
  }

  /// When it happened, in seconds since 1970.
  var wallTime: Double
  var step: Int
  var content: Content

  /// The event as the protocol buffer `tensorflow.Event`.
  var encoded: [UInt8] {
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
