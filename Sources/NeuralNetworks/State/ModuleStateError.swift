import Tensors

/// Why named tensors do not fit a module: everything that is wrong, not only the first.
public struct ModuleStateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One thing that does not fit, with the tensor's name first.
  public enum Problem: Hashable, Sendable {
    /// The module has a tensor that was not given.
    case missing(String)
    /// A tensor was given that the module does not have; `similar` is a missing one.
    case unexpected(String, similar: String?)
    case wrongShape(String, expected: [Int], found: [Int])
    case wrongType(String, expected: DType, found: DType)
    /// Infinite or not a number, after conversion to the module's element type.
    case notFinite(String, count: Int)
  }

  /// Missing names, unexpected names, then tensors that do not fit, in the module's order.
  public let problems: [Problem]
  /// Where the tensors are from, such as a file's path.
  public let source: String

  /// An error of the given problems.
  public init(_ problems: [Problem], source: String) {
    self.problems = problems
    self.source = source
  }

  public var description: String {
    let lines = problems.map { "\n  \($0)" }.joined()
    return "\(source): the tensors do not fit the model:\(lines)\n"
      + "Nothing was loaded. Use the configuration that the file was saved with, or another file."
  }
}

extension ModuleStateError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let name):
      "\(name): expected, but not there"
    case .unexpected(let name, let similar):
      "\(name): not a tensor of the model" + (similar.map { "; did you mean \($0)?" } ?? "")
    case .wrongShape(let name, let expected, let found):
      "\(name): expected shape \(expected), found \(found)"
    case .wrongType(let name, let expected, let found):
      "\(name): expected \(expected.rawValue), found \(found.rawValue)"
    case .notFinite(let name, let count):
      "\(name): \(count) infinite or undefined number\(count == 1 ? "" : "s")"
    }
  }
}
