import Foundation
import Reports
import TestSupport
import Testing
import Training

@Suite("A training that comes to nothing")
struct StagnationTests {
  static let labels = (0..<400).map { $0 % 10 }
  static let flat = (0..<100).map { 2.3 + ($0.isMultiple(of: 2) ? 0.05 : -0.05) }

  func stagnation(accuracy: Double, losses: [Double]) -> Stagnation? {
    Stagnation(accuracy: accuracy, labels: Self.labels, losses: losses, learningRate: 0.5)
  }

  @Test("is one at chance whose loss is flat, even after a first fall or a blow-up")
  func stagnates() throws {
    // Guessing has 10 % of 400; its deviation is 1.5 points.
    for accuracy in [0, 0.1, 0.129] {
      let found = try #require(stagnation(accuracy: accuracy, losses: Self.flat))
      #expect(found.chance == 0.1)
    }
    #expect(stagnation(accuracy: 0.1, losses: [90, 30, 10, 5] + Self.flat) != nil)
    #expect(stagnation(accuracy: 0.1, losses: (0..<100).map(Double.init)) != nil)
    let text = try #require(stagnation(accuracy: 0.1, losses: Self.flat)).description
    #expect(text.contains("10.0 %") && text.contains("0.5 here") && !text.contains("\n"))
  }

  @Test("is none above chance, while the loss falls, or without steps")
  func learns() {
    #expect(stagnation(accuracy: 0.131, losses: Self.flat) == nil)
    #expect(stagnation(accuracy: 0.1, losses: (0..<100).map { 2.3 - 0.001 * Double($0) }) == nil)
    #expect(stagnation(accuracy: 0.1, losses: []) == nil)
    #expect(stagnation(accuracy: 0.1, losses: [1, 1, 1]) == nil)
  }

  @Test("chance is the share of the most frequent class; one class alone cannot be guessed wrong")
  func chance() {
    let labels = Array(repeating: 0, count: 300) + Array(repeating: 1, count: 100)
    func stagnation(_ accuracy: Double, _ labels: [Int]) -> Stagnation? {
      Stagnation(accuracy: accuracy, labels: labels, losses: Self.flat, learningRate: 0.1)
    }
    #expect(stagnation(0.75, labels)?.chance == 0.75)
    #expect(stagnation(0.85, labels) == nil)
    #expect(stagnation(1, [3, 3, 3]) == nil)
  }

  @Test("is told once, at the end")
  func warning() throws {
    let temporary = try TemporaryFolder()
    func lines(_ name: String, _ rate: Double) throws -> (TrainingSummary, [String]) {
      let run = try LinearRun(
        temporary.run(name), "training.learningRate=\(rate)", "seed=1", "data.limit=96",
        "training.epochs=8")
      // Training writes from this thread alone.
      nonisolated(unsafe) var text = ""
      let terminal = Terminal(isInteractive: false, usesColor: false) { text += $0 }
      return (
        try run.trainer(terminal: terminal).train(),
        text.split(separator: "\n").filter { $0.hasPrefix("warning: ") }.map(String.init)
      )
    }
    let (stuck, warnings) = try lines("stuck", 1e-9)
    #expect(stuck.testAccuracy < 0.13 && stuck.stagnation != nil)
    #expect(warnings.count == 1 && warnings[0].contains("training.learningRate"))
    let (learning, none) = try lines("learning", 0.01)
    #expect(learning.stagnation == nil && none.isEmpty)
  }
}
