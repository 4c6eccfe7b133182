import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import StableDynamics
import Tensors

/// A training step of Zubov-Net taken apart: the parts of the objective one after the other, each
/// timed, then the gradient of each term by itself. The whole step goes through the graph once, so
/// it takes less than the sum.
struct Breakdown {
  let model: ZubovNet
  let batch: Batch

  func print(runs: Int, warmUp: Int) throws {
    let parameters = model.parameters
    let optimizer = Adam(model.state, learningRate: 0)
    let timer = PartTimer()
    for run in 0..<warmUp + runs {
      if run == warmUp { timer.parts = [] }
      let whole = try timer.measure("whole step") {
        let objective = try model.objective(
          images: batch.images, labels: batch.labels, rays: batch.rays)
        let gradients = gradient(of: objective.total, wrt: parameters)
        optimizer.step(gradients: gradients)
        model.restoreConstraints()
        return objective.total
      }
      let (terms, total) = try forward(timer)
      precondition(
        abs(total.item - whole.item) <= 1e-4 * abs(whole.item),
        "the breakdown computes \(total.item), the objective \(whole.item): it is out of date")
      var gradients: [Tensor] = []
      for (name, term) in terms {
        gradients = timer.measure("\(name): backward") {
          gradient(of: term, wrt: parameters, retaining: true)
        }
      }
      timer.measure("Adam and clamp") {
        optimizer.step(gradients: gradients)
        model.restoreConstraints()
      }
    }
    let whole = timer.parts[0].seconds.median
    for (name, seconds) in timer.parts {
      let median = seconds.median
      Swift.print(
        name.padding(toLength: 42, withPad: " ", startingAt: 0),
        String(format: "%8.2f ms %6.1f %%", median * 1e3, 100 * median / whole))
    }
  }

  /// What `ZubovNet.objective` does, from public parts.
  private func forward(
    _ timer: PartTimer
  ) throws -> (terms: [(String, Tensor)], total: Tensor) {
    let losses = model.settings.losses
    let lyapunov = timer.measure("gates folded into weights") { model.lyapunov() }
    let features = timer.measure("features") {
      model.backbone.features(batch.images, mode: .training)
    }
    let solution = try timer.measure("trajectory") {
      try model.backbone.flow.training(of: { model.backbone.field($0) }, from: features)
    }
    let classification = timer.measure("classification and auxiliary: forward") {
      let final = solution.finalState
      let values = lyapunov.values(at: final)
      let own = ZubovTransform.classificationLoss(
        values, labels: batch.labels, margin: losses.margin
      ).mean()
      let head = final.linear(weight: model.head ?? model.equilibria)
      return own + crossEntropy(logits: head, labels: batch.labels).mean() * losses.auxiliary
    }

    let boundary = timer.measure("boundary points (\(model.boundarySampler.search))") {
      model.boundarySampler.points(lyapunov, along: batch.rays!)
    }
    let separation = timer.measure("separation: forward") {
      SeparationLoss.mean(lyapunov, boundary: boundary, exponent: losses.exponent)
    }

    let relation = ConsistencyLoss(relation: losses.relation)
    let intervals = solution.states.shape[0] - 1
    let labels = batch.labels.integers
    let groups = ClassGroups(
      classes: (0..<intervals).flatMap { _ in labels }, classCount: lyapunov.classCount)
    func violation(_ points: Tensor) -> Tensor {
      relation.pointwise(
        lyapunov.rates(at: points, velocities: model.backbone.field(points), groups: groups))
    }
    let states = solution.states.detached.sliced(1..<intervals + 1)
    let points = groups.grouped(states.flattened(through: 1)).differentiable()
    let onTrajectory = timer.measure("consistency, trajectory: forward") { violation(points) }
    let found = timer.measure("counterexample search") {
      model.counterexampleSearch.points(
        from: points, groups: groups, lyapunov: lyapunov, field: { model.backbone.field($0) },
        loss: relation,
        firstGradient: gradient(of: onTrajectory.sum(), wrt: [points], retaining: true)[0])
    }
    let onCounterexamples = timer.measure("consistency, counterexamples: forward") {
      violation(found)
    }
    let consistency = (onTrajectory.mean() + onCounterexamples.mean()) * 0.5
    let terms = [
      ("classification and auxiliary", classification), ("separation", separation),
      ("consistency", consistency),
    ]
    let total =
      classification + separation * losses.separation + consistency * losses.consistency
    return (terms, total)
  }
}

/// The times of named parts, in the order of their first appearance.
private final class PartTimer {
  var parts: [(name: String, seconds: [Double])] = []

  func measure<T>(_ name: String, _ body: () throws -> T) rethrows -> T {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    let seconds = (clock.now - start).seconds
    if let index = parts.firstIndex(where: { $0.name == name }) {
      parts[index].seconds.append(seconds)
    } else {
      parts.append((name, [seconds]))
    }
    return result
  }
}

extension Tensor {
  /// The axes up to and including `axis` as one.
  fileprivate func flattened(through axis: Int) -> Tensor {
    reshaped([-1] + shape[(axis + 1)...])
  }
}
