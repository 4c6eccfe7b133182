import DifferentialEquations
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// A model, whichever its method, that learns from images which an attack has moved.
///
/// The attack works on the model in use (`trained()`), so at the tolerance at which its robustness is
/// measured: on the digits 20 evaluations of the field a pass, where the training tolerance would
/// take 14. The outer loss works on `trainingLogits`, which sees the clean batch a second time, as
/// the published code does. For Zubov-Net these are ln(1/W - α), so that p is ŷ, as the paper's
/// Zubov-Net (TRADES) has it; its other losses, the auxiliary head's too, stay on clean images.
///
/// The starts of the attack are drawn by seed, step and row of the batch.
///
/// What is added where a method does not judge scores by labels (`Objective.classification` is nil):
/// if all parameters learn (LyaNet), the divergence of TRADES alone; with MART its cross entropy as
/// well, as there is nothing to take its place. In a phase of a part of the parameters (the
/// regularisation of SODEF's dynamics) nothing is: it goes on as without an attack.
package struct AdversarialTraining: TrainingVariant {
  package let model: any TrainableClassifier
  package let adversarial: any AdversarialObjective

  package init(of model: any TrainableClassifier, by adversarial: any AdversarialObjective) {
    self.model = model
    self.adversarial = adversarial
  }

  package func trainingLogits(_ images: Tensor) throws -> Tensor {
    try model.trainingLogits(images)
  }

  package func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let isPartial = !phases[step.phase].parameters.isEmpty
    func own(_ images: Tensor) throws -> Objective {
      try model.objective(images: images, labels: labels, step: step)
    }
    switch adversarial.outerLoss {
    case .ownAtPerturbedImages:
      if isPartial {
        let clean = try own(images)
        if clean.classification == nil { return clean }
      }
      let (attack, evaluations) = try countingEvaluations {
        try Attack(images, labels, step: step, on: self)
      }
      return try own(attack.images).adding(evaluations, terms: [attack.term])
    case .terms(let terms):
      let clean = try own(images)
      if isPartial, clean.classification == nil { return clean }
      let ((attack, found), evaluations) = try countingEvaluations {
        let attack = try Attack(images, labels, step: step, on: self)
        let scores = (try trainingLogits(images), try trainingLogits(attack.images))
        return (attack, terms(scores.0, scores.1, labels))
      }
      return clean.adding(found).adding(evaluations, terms: [attack.term])
    }
  }

  /// Perturbed images, and the share of them that the model in use still classifies correctly.
  private struct Attack {
    let images: Tensor
    let accuracy: Tensor

    init(
      _ images: Tensor, _ labels: Tensor, step: TrainingStep, on training: AdversarialTraining
    ) throws {
      let classifier = training.trained()
      let samples = try LabelledImages(
        images: images, labels: labels.integers,
        indices: BatchShard.current.map { Array($0.rows) }, classCount: classifier.classCount)
      let perturbed = try training.adversarial.maximization.perturbed(
        samples, against: classifier, seed: step.seed, step: step.index)
      let predictions = try withoutGradients { try classifier.predictions(perturbed) }
      self.images = perturbed
      accuracy = (predictions .== labels).to(images.dtype).mean()
    }

    var term: (name: String, value: Tensor) { ("adversarial_accuracy", accuracy) }
  }
}

extension Objective {
  /// This objective with terms of clean and perturbed scores beside it, or in the place of its
  /// classification.
  fileprivate func adding(_ found: AdversarialTerms) -> Objective {
    var sum = total.adding([found.robustness], weights: [found.weight])
    var terms = terms + [(name: "robust", value: found.robustness)]
    if let replacement = found.classification {
      sum = sum + replacement
      if let classification { sum = sum - classification }
      terms.append(("perturbed_classification", replacement))
    }
    return Objective(
      total: sum, classification: found.classification ?? classification, terms: terms,
      evaluations: evaluations)
  }

  fileprivate func adding(
    _ evaluations: Int, terms: [(name: String, value: Tensor)]
  ) -> Objective {
    Objective(
      total: total, classification: classification, terms: self.terms + terms,
      evaluations: self.evaluations + evaluations)
  }
}

extension TrainingSettings {
  /// A model as it learns: under attack where adversarial training is set, in mixed precision where
  /// that is.
  ///
  /// - Throws: `ConfigurationError` if the attack's settings are not usable.
  func learner(_ model: any TrainableClassifier) throws -> any TrainableClassifier {
    let learner: any TrainableClassifier =
      try adversarialObjective().map { AdversarialTraining(of: model, by: $0) } ?? model
    return precision == .mixed ? MixedPrecisionTraining(of: learner) : learner
  }
}
