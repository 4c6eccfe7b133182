import Failures

extension RobustnessEvaluation {
  /// Refuses settings that cannot be meant.
  ///
  /// - Throws: `Failure` of kind `invalidOption`.
  func checkSettings() throws(Failure) {
    func error(
      _ location: String, _ expected: String, _ found: String, _ remedy: String
    ) -> Failure {
      Failure(
        .invalidOption, at: location, expected: expected, found: found, remedy: remedy)
    }
    guard batchSize > 0 else {
      throw error("batch size", "at least 1", "\(batchSize)", "128 suits most models.")
    }
    guard verifications > 0 else {
      throw error("verifications", "at least 1", "\(verifications)", "1 suits most models.")
    }
    if let limit, limit < 1 {
      throw error("limit", "at least 1 sample", "\(limit)", "Leave it out to evaluate all samples.")
    }
    let names = attacks.map(\.name)
    guard Set(names).count == names.count else {
      throw error(
        "attacks", "a name of its own for each", names.joined(separator: ", "),
        "Name the settings apart, for example pgd and pgd-100x5.")
    }
    for threat in threats {
      if let attack = attacks.first(where: { !$0.norms.contains(threat.norm) }) {
        throw error(
          "attacks", "attacks that are defined in \(threat.norm.rawValue)", attack.name,
          "Leave it out, or use a budget in "
            + "\(attack.norms.map(\.rawValue).sorted().joined(separator: " or ")).")
      }
    }
    guard attacks.isEmpty || !threats.isEmpty else {
      throw error(
        "attacks", "a budget for the attacks", "none", "Give a budget such as 8/255.")
    }
  }
}
