import NeuralNetworks
import Tensors
import Testing

@testable import Robustness

@Suite("The gradient of an attack's loss")
struct LossGradientTests {
  /// Scores whose margin is the sum of the pixels times 1, 2 and 6 by turns.
  private final class TurningScores {
    private var turn = 0

    func callAsFunction(_ images: Tensor) -> Tensor {
      defer { turn += 1 }
      return twoScores(images.sum(along: 1, keeping: true) * [1.0, 2, 6][turn % 3])
    }
  }

  @Test("of several draws it is their mean, all else is of the last")
  func draws() throws {
    let scores = TurningScores()
    let found = try LossGradient(
      of: MarginLoss(), ScoreFunction(name: "turning") { scores($0) },
      at: Tensor([0.25, 0.5, 0.75, 1], shape: [2, 2]), labels: Tensor([Int64(0), 1]), draws: 3)
    // The margin of the wrong class: up for label 0, down for label 1; (1 + 2 + 6) / 3.
    #expect(found.gradient.doubles == [3, 3, -3, -3])
    #expect(found.direction.doubles == found.gradient.doubles)
    #expect(found.values.doubles == [4.5, -10.5] && found.margins.doubles == [4.5, -10.5])
  }
}
