import Foundation

/// What progress needs to know about the stream that it draws on.
///
/// Progress and warnings belong to standard error, so that a command's standard output stays the
/// command's result.
public struct Terminal: Sendable {
  /// Whether a person watches, so that a line may be redrawn in place.
  public var isInteractive: Bool

  /// Whether colour and weight may be used.
  public var usesColor: Bool

  /// The number of columns of a line.
  public var width: Int

  private let output: @Sendable (String) -> Void

  /// Creates a terminal that writes through `output`.
  public init(
    isInteractive: Bool, usesColor: Bool, width: Int = 80,
    output: @escaping @Sendable (String) -> Void
  ) {
    self.isInteractive = isInteractive
    self.usesColor = usesColor
    self.width = width
    self.output = output
  }

  /// Standard error as this process was given it.
  ///
  /// `TERM=dumb` turns redrawing off; `NO_COLOR`, if not empty, turns colour off.
  public static var standardError: Terminal {
    let environment = ProcessInfo.processInfo.environment
    let isInteractive = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    return Terminal(
      isInteractive: isInteractive,
      usesColor: isInteractive && environment["NO_COLOR", default: ""].isEmpty,
      width: columnsOfStandardError() ?? 80
    ) { text in
      // Progress that cannot be shown is no reason to stop a training.
      try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
  }

  /// Writes `text` as it is, with no line end of its own.
  public func write(_ text: String) {
    output(text)
  }

  /// `text`, drawn faintly where colour is allowed.
  func faint(_ text: String) -> String {
    usesColor ? "\u{1B}[2m\(text)\u{1B}[0m" : text
  }

  /// `text`, drawn in the accent colour where colour is allowed.
  package func accented(_ text: String) -> String {
    usesColor ? "\u{1B}[36m\(text)\u{1B}[0m" : text
  }

  private static func columnsOfStandardError() -> Int? {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
