import Foundation

/// Where results go. All of them go through here: a result that is lost is an error.
enum StandardOutput {
  /// Called first: where the process was started with closed streams, opens something in their place, so
  /// that no file of ours gets their numbers. What is written to closed standard output is refused still.
  static func reserve() {
    for (stream, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(stream, F_GETFD) < 0 && errno == EBADF {
      // The system gives the lowest number that is free, which is this one.
      _ = open("/dev/null", mode)
    }
  }

  /// Writes a text and the end of its line, all of it.
  ///
  /// A reader that has gone, as `head` does, ends the process by SIGPIPE as is usual, without a word.
  ///
  /// - Throws: `LostOutput`.
  static func write(_ text: String, terminator: String = "\n") throws(LostOutput) {
    let bytes = Array((text + terminator).utf8)
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeBytes {
        Foundation.write(STDOUT_FILENO, $0.baseAddress! + position, $0.count - position)
      }
      if count >= 0 {
        position += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // A pipe that another program has set to not wait.
        var stream = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        poll(&stream, 1, -1)
      case EPIPE:
        // Only where SIGPIPE is ignored.
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      default: throw LostOutput(reason: String(cString: strerror(errno)))
      }
    }
  }
}

/// A result that standard output did not take.
struct LostOutput: CommandFailure {
  let reason: String

  var exitStatus: ExitStatus { .inputOutput }
  var message: String {
    "standard output: expected a stream that takes the result, found \(reason). "
      + "Give it room or another place; files that the command writes are written."
  }
}
