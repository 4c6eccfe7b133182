import Robustness
import Tensors
import Testing

@Suite("The losses that attacks raise, by hand")
struct AttackLossTests {
  private let label = Tensor([Int64(0)])

  private func scores(_ numbers: [Double]) -> Tensor { Tensor(numbers, shape: [1, numbers.count]) }

  @Test("The ratio divides the margin by the first score less the third, of two classes by 1")
  func logitRatio() {
    func value(_ numbers: [Double]) -> Double {
      LogitRatioLoss().values(scores(numbers), labels: label).item
    }
    #expect(value([4, 1]) == -3)
    #expect(abs(value([4, 1, -2]) + 3.0 / 6) <= 1e-12)
    #expect(abs(value([1, 4, -2, 3]) - 3.0 / 3) <= 1e-12)
  }

  @Test("The targeted ratio by the mean of the third and fourth; under four classes undivided")
  func targeted() {
    func value(_ numbers: [Double]) -> Double {
      TargetedLogitRatioLoss(targets: Tensor([Int64(1)])).values(scores(numbers), labels: label)
        .item
    }
    #expect(value([4, 1, -2]) == -3)
    #expect(abs(value([4, 1, -2, 3]) + 3 / (4 - (1 - 2) / 2.0)) <= 1e-12)
  }
}
