import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("The attack inside certified balls")
struct CertifiedBallAuditTests {
  /// Distances of images from the plane where the two scores are equal: exact radii.
  private func distances(_ problem: LinearProblem) -> [Double] {
    let weights = problem.classifier.weights
    let differences = Tensor(weights[0]) - Tensor(weights[1])
    let scores = problem.classifier.logits(problem.data.images)
    let margins = scores.matmul(Tensor([1, -1], shape: [2, 1]).like(scores)).squeezed(1)
    return (margins.magnitude.to(.float64) / differences.norm).doubles
  }

  @Test("True radii hold, and of radii a little too large every one breaks")
  func exact() throws {
    let problem = try LinearProblem()
    let radii = distances(problem)
    let audit = CertifiedBallAudit(steps: 5, batchSize: 30)
    let held = try audit.run(problem.classifier, on: problem.data, radii: radii.map { $0 * 0.9999 })
    #expect(held.attacked == 100 && held.broken.isEmpty)
    var done: [Int] = []
    let broken = try audit.run(
      problem.classifier, on: problem.data, radii: radii.map { $0 * 1.001 }
    ) { done.append($0) }
    #expect(broken.broken.map(\.index) == Array(0..<100) && done == [30, 60, 90, 100])
    for found in broken.broken {
      #expect(found.distance < found.radius && found.distance > radii[found.index] * 0.9999)
      #expect(found.prediction == 1 - problem.data.labelList[found.index])
    }
  }

  @Test("Only samples with a radius are attacked, each within its own")
  func mixed() throws {
    let problem = try LinearProblem()
    var radii = distances(problem)
    for index in radii.indices { radii[index] *= index % 2 == 0 ? 0 : 0.9999 }
    radii[7] *= 1.01
    let found = try CertifiedBallAudit(steps: 5).run(
      problem.classifier, on: problem.data, radii: radii)
    #expect(found.attacked == 50 && found.broken.map(\.index) == [7])
    let none = try CertifiedBallAudit(steps: 0).run(
      problem.classifier, on: problem.data, radii: radii)
    #expect(none.broken.isEmpty)
  }
}
