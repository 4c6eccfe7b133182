import Foundation

/// A training that came to nothing: an accuracy that guessing has too, after losses that no longer
/// fell.
package struct Stagnation: Hashable, Sendable, CustomStringConvertible {
  /// The share that guessing the most frequent class gets right.
  package let chance: Double
  package let learningRate: Double

  /// - Parameters:
  ///   - labels: those of the samples that the accuracy was measured on.
  ///   - losses: of each step, in order; asked for only if the accuracy calls for them.
  /// - Returns: nil if the accuracy is beyond what guessing reaches with a probability of 2.5 %, the
  ///   losses of the last quarter of the steps are a hundredth below those of the second, or there
  ///   are not enough steps to tell.
  package init?(
    accuracy: Double, labels: [Int], losses: @autoclosure () -> [Double], learningRate: Double
  ) {
    let count = Double(labels.count)
    let frequencies = Dictionary(grouping: labels, by: \.self).mapValues { Double($0.count) }
    guard let greatest = frequencies.values.max(), frequencies.count > 1 else { return nil }
    chance = greatest / count
    self.learningRate = learningRate
    guard accuracy <= chance + 1.96 * (chance * (1 - chance) / count).squareRoot() else {
      return nil
    }
    let losses = losses()
    let quarter = losses.count / 4
    guard quarter > 0 else { return nil }
    func mean(_ values: ArraySlice<Double>) -> Double {
      values.reduce(0, +) / Double(values.count)
    }
    let before = mean(losses[quarter..<2 * quarter])
    guard mean(losses.suffix(quarter)) > before - 0.01 * abs(before) else { return nil }
  }

  /// A line for the user.
  package var description: String {
    String(format: "warning: the test accuracy is that of guessing (%.1f %%)", 100 * chance)
      + " and the loss has stopped falling: nothing was learned. Try a lower training.learningRate "
      + "(\(learningRate) here), or training.optimizer=adam."
  }
}
