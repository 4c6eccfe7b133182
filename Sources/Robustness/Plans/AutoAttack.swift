import NeuralNetworks

/// AutoAttack: ensembles of attacks with fixed settings, each on the samples that survived those
/// before it, all on the logits.
///
/// Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks", 2020 (autoattack/autoattack.py). Where there are fewer than 9 wrong
/// classes, targeted attacks take all of them. Draws depend on the seed and the sample, where the
/// original seeds each batch with the time.
extension AttackPlan {
  private static var autoAttackReference: String { "Croce and Hein 2020, arXiv:2003.01690" }

  /// The standard ensemble, the only one that may be called AutoAttack without a qualifier:
  /// APGD-CE and APGD-T (9 classes) of 100 steps, FAB-T (9 classes) of 100 steps, Square with 5000
  /// queries.
  public static var autoAttack: AttackPlan {
    AttackPlan(
      "autoattack", reference: autoAttackReference,
      attacks: [APGD.crossEntropy, APGD.targeted, FAB.targeted(), Square()])
  }

  /// The extended ensemble ("plus"): untargeted attacks from 5 starts first, in the original's
  /// order.
  public static var autoAttackPlus: AttackPlan {
    AttackPlan(
      "autoattack-plus", reference: autoAttackReference,
      attacks: [
        APGD(name: "apgd-ce", objective: .untargeted(CrossEntropyLoss()), restarts: 5),
        APGD(name: "apgd-dlr", objective: .untargeted(LogitRatioLoss()), restarts: 5),
        FAB(restarts: 5), Square(), APGD.targeted, FAB.targeted(),
      ])
  }

  /// The ensemble for random classifiers ("rand"): APGD-CE and APGD-DLR with each gradient the mean
  /// of 20. Verify its examples more than once (`RobustnessEvaluation.verifications`).
  public static var autoAttackRand: AttackPlan {
    AttackPlan(
      "autoattack-rand", reference: autoAttackReference,
      attacks: [
        APGD(name: "apgd-ce", objective: .untargeted(CrossEntropyLoss()), draws: 20),
        APGD(name: "apgd-dlr", objective: .untargeted(LogitRatioLoss()), draws: 20),
      ])
  }

  /// What torchattacks 3.5.1 calls AutoAttack, for comparison with results that used it. It is far
  /// weaker: 10 steps instead of 100, though towards all wrong classes, and Square with the rescaled
  /// schedule.
  public static var autoAttackInTorchattacks: AttackPlan {
    let targeted = APGD(name: "apgd-t", objective: .targeted(classes: .max))
    return AttackPlan(
      "autoattack-torchattacks", reference: "torchattacks 3.5.1 (autoattack.py)",
      attacks: [
        APGD.crossEntropy.asInTorchattacks, targeted.asInTorchattacks,
        FAB.targeted(targets: .max, steps: 10), Square(rescalesSchedule: true),
      ])
  }

  private init(_ name: String, reference: String, attacks: [any Attack]) {
    self.init(
      name, reference: reference, stages: attacks.map { Stage($0, scores: .logits) })
  }
}
