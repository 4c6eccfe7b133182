import DynamicsTestSupport
import Foundation
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// On V = r²/2, where everything has a closed form.
@Suite("Losses")
struct LossTests {
  let lyapunov = quadraticLyapunov([[0, 0], [3, 0], [0, -2]])
  let points = Tensor([1, 1, -0.5, 0.25, 3, 2.0, 5, 0, 1, -2], shape: [5, 2])
  let labels = [0, 0, 1, 1, 2]
  /// ||h - c||² of each point.
  let squares = [2, 0.3125, 4, 4, 1]

  /// The rate of V under f = -speed (h - c).
  private func rate(speed: Double) -> LyapunovFunction.Rate {
    let groups = ClassGroups(classes: labels, classCount: 3)
    let offsets = points - lyapunov.equilibria.selecting(groups.classes)
    return lyapunov.rates(at: points, velocities: offsets * -speed, groups: groups)
  }

  @Test("f = -(h - c) solves Zubov's equation")
  func solution() {
    let rate = rate(speed: 1)
    #expect(rate.squaredDistance.doubles == squares)
    #expect(rate.value.doubles == squares.map { $0 / 2 })
    #expect(rate.derivative.doubles == squares.map { -$0 })
    #expect(ConsistencyLoss.residual(rate).magnitude.max().item == 0)
    #expect(ConsistencyLoss.relativeResidual(rate).magnitude.max().item == 0)
    for relation in ConsistencyLoss.Relation.allCases {
      #expect(ConsistencyLoss(relation: relation).pointwise(rate).magnitude.max().item == 0)
    }
  }

  @Test("Other speeds leave the residual e^-V (1 - speed) r²", arguments: [-1, 0, 0.5, 3])
  func residual(speed: Double) {
    let rate = rate(speed: speed)
    let expected = squares.map { exp(-$0 / 2) * (1 - speed) * $0 }
    #expect(largestDifference(ConsistencyLoss.residual(rate), Tensor(expected)) <= 1e-14)
    let relative = ConsistencyLoss.relativeResidual(rate)
    #expect(largestDifference(relative, 1 - speed) <= 1e-14)
    let equality = ConsistencyLoss(relation: .equality).pointwise(rate)
    #expect(largestDifference(equality, Tensor(expected.map { $0 * $0 })) <= 1e-13)
    // Only a V that falls too slowly violates the inequality.
    let inequality = ConsistencyLoss(relation: .inequality).pointwise(rate)
    let violations = expected.map { speed < 1 ? $0 * $0 : 0 }
    #expect(largestDifference(inequality, Tensor(violations)) <= 1e-13)
  }

  @Test("Separation is the mean of -W^β over all other classes", arguments: [1, 0.85])
  func separation(beta: Double) {
    let rays = BoundaryRays(
      owners: [0, 1, 1, 2], directions: Tensor([1.0, 0, -1, 0, 0, 1, 0, 1], shape: [4, 2]))
    let boundary = BoundarySampler(tolerance: 1e-9).points(lyapunov, along: rays)
    let radius = (-2 * log(0.05)).squareRoot()
    let expectedPoints = [(radius, 0), (3 - radius, 0), (3, radius), (0, radius - 2)]
    for (index, point) in expectedPoints.enumerated() {
      #expect(abs(boundary.points[index].doubles[0] - point.0) <= 1e-12)
      #expect(abs(boundary.points[index].doubles[1] - point.1) <= 1e-12)
    }
    let centers: [(Double, Double)] = [(0, 0), (3, 0), (0, -2)]
    var sum = 0.0
    for (point, owner) in zip(expectedPoints, [0, 1, 1, 2]) {
      for k in 0..<3 where k != owner {
        let square = pow(point.0 - centers[k].0, 2) + pow(point.1 - centers[k].1, 2)
        sum -= 1 - exp(-beta * square / 2)
      }
    }
    let found = SeparationLoss.mean(lyapunov, boundary: boundary, exponent: beta).item
    #expect(abs(found - sum / 8) <= 1e-12)
  }

  @Test(
    "Separation has the gradient of the plain form, in parts of any size, and none through the boundary points",
    arguments: [1, 7, 18, 20, 1000])
  func separationGradient(pairsAtOnce: Int) {
    let network = ConvexArchitectureKind.piacnn.network(seed: 1)
    let equilibria = ConvexArchitectureKind.piacnn.lyapunov(seed: 1).equilibria
    func lyapunov() -> LyapunovFunction {
      LyapunovFunction(networks: network.networks(for: equilibria), equilibria: equilibria)
    }
    let rays = BoundaryRays(
      equilibria: equilibria, randomPerPair: 1, generator: RandomGenerator(seed: 1))
    let boundary = BoundarySampler().points(lyapunov(), along: rays)
    #expect(!boundary.points.requiresGradient)
    var plain: Tensor?
    for k in 0..<4 {
      let rows = boundary.owners.indices.filter { boundary.owners[$0] != k }
      let values = plainValues(
        lyapunov(), classes: rows.map { _ in k }, at: boundary.points.selecting(int64(rows)))
      let sum = ((values * -0.85).exp - 1).sum()
      plain = plain.map { $0 + sum } ?? sum
    }
    let mean = plain! / Double(3 * boundary.owners.count)
    let found = SeparationLoss.mean(
      lyapunov(), boundary: boundary, exponent: 0.85, pairsAtOnce: pairsAtOnce)
    #expect(abs(found.item - mean.item) <= 1e-13)
    let expected = gradient(of: mean, wrt: network.parameters)
    for (a, b) in zip(gradient(of: found, wrt: network.parameters), expected) {
      #expect(relativeError(a, b) <= 1e-9)
    }
  }

  @Test("Classification is -ln of the normalised 1/W - α", arguments: [0, 0.9, 0.99])
  func classification(alpha: Double) {
    let values = [[0.1, 2, 5], [3, 0.5, 0.7], [1, 1, 1]]
    let labels = [0, 2, 1]
    let found = ZubovTransform.classificationLoss(
      Tensor(values.flatMap { $0 }, shape: [3, 3]), labels: int64(labels), margin: alpha)
    for (index, row) in values.enumerated() {
      let scores = row.map { 1 / (1 - exp(-$0)) - alpha }
      let expected = -log(scores[labels[index]] / scores.reduce(0, +))
      #expect(abs(found.doubles[index] - expected) <= 1e-12)
    }
  }
}
