import Failures

/// The environment, read with an eye for mistakes. An empty variable counts as absent.
struct LaunchVariables {
  private let environment: [String: String]

  init(_ environment: [String: String]) { self.environment = environment }

  subscript(name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  func require(_ name: String, _ expected: String) throws(Failure) -> String {
    guard let text = self[name] else { throw error(name, expected) }
    return text
  }

  /// A number; `fallback` where the variable is absent.
  func number(
    _ name: String, in range: ClosedRange<Int>, or fallback: Int? = nil
  ) throws(Failure) -> Int {
    if self[name] == nil, let fallback { return fallback }
    guard let number = self[name].flatMap({ Int($0) }), range.contains(number) else {
      throw error(
        name,
        range.upperBound == .max
          ? "a number of at least \(range.lowerBound)"
          : "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A positive number of seconds; `fallback` where the variable is absent.
  func seconds(_ name: String, or fallback: Double) throws(Failure) -> Double {
    guard let text = self[name] else { return fallback }
    guard let seconds = Double(text), seconds > 0, seconds <= 1e6 else {
      throw error(name, "a positive number of seconds")
    }
    return seconds
  }

  private func error(_ name: String, _ expected: String) -> Failure {
    Failure(
      .invalidOption, at: name, expected: expected,
      found: self[name].map { "'\($0)'" } ?? "nothing",
      remedy: "Launchers set it: start processes with `basin launch`, torchrun or srun, or unset "
        + "RANK, WORLD_SIZE and SLURM_PROCID for a process on its own.")
  }
}
