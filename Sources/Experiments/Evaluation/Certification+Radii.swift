import Reports
import Robustness

extension Certification {
  /// How certified radii are distributed over samples, 0 for a sample classified wrongly.
  public struct Radii: Codable, Sendable {
    /// The share of samples whose radius reaches a given one.
    public struct Share: Codable, Sendable {
      public let radius: Budget
      public let accuracy: Accuracy
    }

    /// A value that a share of the samples does not exceed.
    public struct Quantile: Codable, Sendable {
      public let level: Double
      public let radius: Double
    }

    public let quantiles: [Quantile]
    public let shares: [Share]

    /// - Parameter radii: one for each sample, in the Euclidean norm of pixels.
    init(_ radii: [Double], shares budgets: [Budget]) {
      let sorted = radii.sorted()
      quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map { level in
        Quantile(level: level, radius: sorted[Int((level * Double(sorted.count - 1)).rounded())])
      }
      shares = budgets.map { budget in
        // A sample counts at radius 0 if it is classified correctly.
        let count = sorted.count { budget.value == 0 ? $0 > 0 : $0 >= budget.value }
        return Share(radius: budget, accuracy: Accuracy(correct: count, count: sorted.count))
      }
    }
  }
}
