import NeuralNetworks

extension AttackPlan {
  /// Attacks on another model whose images are tried on this one: PGD of 100 steps, MI-FGSM, and
  /// VNI-FGSM with its publication's 20 neighbours (the last two in L-inf only).
  ///
  /// A classifier that they break where attacks on itself fail has led those astray (Carlini et al.,
  /// "On evaluating adversarial robustness", 2019, section 4). Each image goes where the other
  /// model's margin is greatest, as what fools the other need not fool this one.
  ///
  /// - Parameters:
  ///   - name: what results call the other model.
  ///   - scores: those of the other model, for the same classes.
  public static func transfer(from name: String, scores: ScoreFunction) -> AttackPlan {
    let others = ScoreChoice.others([scores.inFixedBatches])
    return AttackPlan(
      "transfer:\(name)",
      reference: "Madry et al. 2018, Dong et al. 2018, Wang and He 2021, on another model",
      stages: [
        Stage(PGD(name: "pgd-100", steps: 100), scores: others),
        Stage(MIFGSM(), scores: others),
        Stage(VNIFGSM(neighbours: 20), scores: others),
      ])
  }
}
