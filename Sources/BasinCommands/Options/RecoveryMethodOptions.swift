import ArgumentParser
import SparseRecovery

/// Methods given by a list.
struct RecoveryMethodOptions: ParsableArguments {
  @Option(
    help: .init(
      "\(RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", ")); by default all.",
      valueName: "list"))
  var methods: String?

  func chosen(byDefault all: [RecoveryMethod] = RecoveryMethod.allCases) throws
    -> [RecoveryMethod]
  {
    guard let methods else { return all }
    return try methods.split(separator: ",").map { name in
      guard let method = RecoveryMethod(rawValue: String(name)) else {
        throw SparseRecoveryError(
          .invalidOption, at: "--methods",
          expected: "some of \(RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", "))",
          found: "'\(name)'", remedy: "Separate names by commas.")
      }
      return method
    }
  }
}

/// Numbers given by a list.
func numbers<Number: LosslessStringConvertible>(_ option: String, _ text: String) throws -> [Number]
{
  let parts = text.split(separator: ",")
  let values = parts.compactMap { Number(String($0)) }
  guard !values.isEmpty, values.count == parts.count else {
    throw SparseRecoveryError(
      .invalidOption, at: option, expected: "numbers separated by commas", found: "'\(text)'",
      remedy: "Write, for example, \(option) 10,20,30.")
  }
  return values
}
