import NeuralNetworks
import Tensors

/// BIM with the clips of the published code, one after the other:
///
///     v = x_t + α sign ∇L;  v = max(v, max(x - ε, 0));  v = min(v, x + ε);  x_{t+1} = min(v, 1)
///
/// (torchattacks 3.5.1, bim.py.) For images in [0, 1] it is `BIM`. Elsewhere it is not: what is
/// below -ε ends at x + ε, where every other attack puts it to 0. Only `MisplacedClampStudy` has a
/// use for that.
package struct SequentiallyClippedBIM: Attack {
  package let name = "bim"
  package let reference = BIM.paper.reference
  package let norms: Set<ThreatModel.Norm> = [.linf]
  package let steps: Int
  /// α / ε.
  package let relativeStep: Double

  /// - Parameters:
  ///   - steps: at least 1.
  ///   - relativeStep: above 0.
  package init(steps: Int = 10, relativeStep: Double = 1 / 8) {
    precondition(
      steps > 0 && relativeStep > 0,
      "SequentiallyClippedBIM(steps: \(steps), step: \(relativeStep))")
    self.steps = steps
    self.relativeStep = relativeStep
  }

  package var parameters: [String: String] {
    ["steps": "\(steps)", "step": "\(relativeStep) epsilon", "clips": "sequential"]
  }

  package func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let (clean, epsilon) = (problem.samples.images, problem.threat.epsilon)
    var point = clean
    var health = GradientTally(problem)
    for _ in 0..<steps {
      let slope = try LossGradient(
        of: CrossEntropyLoss(), problem.scores, at: point, labels: problem.samples.labels)
      health.record(slope)
      point = (point + slope.direction.sign * (relativeStep * epsilon))
        .maximum((clean - epsilon).maximum(0)).minimum(clean + epsilon).minimum(1)
    }
    return Perturbation(images: point, gradients: health.gradients)
  }
}
