import Reports
import Robustness

extension Certification {
  /// How certified radii are distributed over samples, 0 for a sample classified wrongly.
  package struct Radii: Codable, Sendable {
    /// The share of samples whose radius reaches a given one.
    package struct Share: Codable, Sendable {
      package let radius: Budget
      package let accuracy: Accuracy
    }

    /// A value that a share of the samples does not exceed.
    package struct Quantile: Codable, Sendable {
      package let level: Double
      package let radius: Double
    }

    package let quantiles: [Quantile]
    package let shares: [Share]
    /// The same at budgets of the largest norm: a cube of ε is in the ball of ε √n, n pixels; nil where
    /// none were asked for.
    package let cubeShares: [Share]?

    /// The radii at which shares are counted.
    struct Shares {
      /// In the Euclidean norm.
      let balls: [Budget]
      /// In the largest norm.
      let cubes: [Budget]
      /// n, the numbers of one sample.
      let pixels: Int
    }

    /// - Parameter radii: one for each sample, in the Euclidean norm of pixels.
    init(_ radii: [Double], shares: Shares) {
      let sorted = radii.sorted()
      quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map { level in
        Quantile(level: level, radius: sorted[Int((level * Double(sorted.count - 1)).rounded())])
      }
      func share(_ budget: Budget, radius: Double) -> Share {
        // A sample counts at radius 0 if it is classified correctly.
        let count = sorted.count { radius == 0 ? $0 > 0 : $0 >= radius }
        return Share(radius: budget, accuracy: Accuracy(correct: count, count: sorted.count))
      }
      self.shares = shares.balls.map { share($0, radius: $0.value) }
      // Raised beyond the rounding of the root.
      let diagonal = Double(shares.pixels).squareRoot() * (1 + 1e-15)
      cubeShares =
        shares.cubes.isEmpty ? nil : shares.cubes.map { share($0, radius: $0.value * diagonal) }
    }
  }
}
