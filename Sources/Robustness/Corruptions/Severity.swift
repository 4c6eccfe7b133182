import Failures

/// How strong a corruption is, from 1 to 5 as in the published corruption sets.
public struct Severity: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 1 (weakest) to 5.
  public let level: Int

  /// - Throws: `Failure` of kind `invalidOption` outside 1 to 5.
  public init(_ level: Int) throws(Failure) {
    guard (1...5).contains(level) else {
      throw Failure(
        .invalidOption, at: "severity", expected: "1, 2, 3, 4 or 5", found: "\(level)",
        remedy: "5 is the strongest.")
    }
    self.level = level
  }

  private init(valid level: Int) { self.level = level }

  /// 1 to 5, ascending.
  public static let all = (1...5).map(Severity.init(valid:))

  public static func < (a: Severity, b: Severity) -> Bool { a.level < b.level }
  public var description: String { "\(level)" }
}

/// A corruption's published constants for each severity and image size.
///
/// Hendrycks and Dietterich publish three sets, in make_cifar_c.py, make_tinyimagenet_c.py and
/// make_imagenet_c.py (github.com/hendrycks/robustness). Smaller images, such as digits of 8 x 8,
/// and points take the constants of the 32 x 32 set; pixelwise noise knows no size.
struct SeverityTable<Value: Sendable>: Sendable {
  /// Images up to 48 pixels high.
  let cifar: [Value]
  /// Images up to 128 pixels high.
  let tinyImageNet: [Value]
  /// Larger images.
  let imageNet: [Value]

  func value(at severity: Severity, forSampleOf shape: [Int]) -> Value {
    let height = shape.count == 3 ? shape[1] : 1
    let constants = height <= 48 ? cifar : height <= 128 ? tinyImageNet : imageNet
    return constants[severity.level - 1]
  }
}
