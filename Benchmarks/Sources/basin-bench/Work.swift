import Methods
import NeuralNetworks
import Robustness
import Tensors

/// What one run computes, to be compared with the peer's numbers.
typealias Terms = [(name: String, value: Tensor)]

/// The thing to time.
func makeRun(_ work: Case.Work, model: any TrainableClassifier, batch: Batch, matched: Bool) throws
  -> () throws -> Terms
{
  switch work {
  case .step: trainingStep(model, batch)
  case .inference: inference(model.trained(), batch)
  case .attack:
    matched
      ? attackFromGivenStart(model.trained(), batch) : try attackAsShipped(model.trained(), batch)
  }
}

/// Objective, gradients, Adam, clamp. The learning rate is 0, so that every run repeats the step.
private func trainingStep(_ model: any TrainableClassifier, _ batch: Batch) -> () throws -> Terms {
  let parameters = model.parameters
  let optimizer = Adam(model.state, learningRate: 0)
  return {
    let objective =
      if let zubovNet = model as? ZubovNet {
        try zubovNet.objective(images: batch.images, labels: batch.labels, rays: batch.rays)
      } else {
        try model.objective(
          images: batch.images, labels: batch.labels,
          step: TrainingStep(seed: 0, epoch: 0, index: 0))
      }
    optimizer.step(gradients: gradient(of: objective.total, wrt: parameters))
    model.restoreConstraints()
    return objective.terms + [("loss", objective.total)]
  }
}

/// Logits of a batch by a model prepared for use beforehand.
private func inference(_ classifier: any TrainedClassifier, _ batch: Batch) -> () throws -> Terms {
  {
    try withoutGradients {
      let logits = try classifier.logits(batch.images)
      return [
        ("loss", crossEntropy(logits: logits, labels: batch.labels).mean()), ("sum", logits.sum()),
        ("spread", (logits - logits.mean(along: 0)).norm),
      ]
    }
  }
}

private let budget = "8/255"

/// PGD-10 from the peer's start with the peer's gradient of the mean cross entropy, for equality.
private func attackFromGivenStart(
  _ classifier: any TrainedClassifier, _ batch: Batch
) -> () throws -> Terms {
  {
    let threat = ThreatModel(budget: try Budget(budget))
    let clean = batch.images
    var losses: [Tensor] = []
    var images = threat.projected(clean + batch.noise!, around: clean)
    for _ in 0..<10 {
      let point = images.differentiable()
      let loss = crossEntropy(logits: try classifier.logits(point), labels: batch.labels).mean()
      let slope = gradient(of: loss, wrt: [point])[0]
      losses.append(loss)
      images = threat.projected(
        images + threat.steepestDirection(slope) * (threat.epsilon / 8), around: clean)
    }
    return [("first", losses[0]), ("last", losses[9])]
  }
}

/// The attack that users get: its own start, checks of every gradient.
private func attackAsShipped(
  _ classifier: any TrainedClassifier, _ batch: Batch
) throws -> () throws -> Terms {
  let samples = try LabelledImages(
    images: batch.images, labels: batch.labels.integers, classCount: classifier.classCount)
  return {
    let perturbed = try PGD.paper.perturb(
      AttackProblem(
        samples, scores: classifier.scoreFunctions[0],
        threat: ThreatModel(budget: Budget(budget))))
    return [("mean", perturbed.images.mean())]
  }
}
