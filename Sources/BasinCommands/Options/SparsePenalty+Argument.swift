import ArgumentParser
import SparseRecovery
import StableDynamics

extension SparsePenalty: ExpressibleByArgument {
  /// Those that `SplittingSolver` takes.
  static let splittable = allCases.filter { $0 != .l1MinusL2 }.map(\.rawValue)
    .joined(separator: ", ")

  func requireSplittable() throws {
    guard self != .l1MinusL2 else {
      throw ValidationError("--penalty: expected one of \(Self.splittable), found l1-l2")
    }
  }
}
