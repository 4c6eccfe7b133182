import ArgumentParser
import Failures
import SparseRecovery
import StableDynamics

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
        throw Failure(
          .invalidOption, at: "--methods",
          expected: "some of \(RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", "))",
          found: "'\(name)'", remedy: "Separate names by commas.")
      }
      return method
    }
  }
}
