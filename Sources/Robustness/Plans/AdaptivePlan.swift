import NeuralNetworks

extension AttackPlan {
  /// Attacks that look for what the dynamics or the head of a classifier may hide from the usual
  /// ones, each on the samples that survived those before it:
  ///
  /// - the model itself, by its scores that do not saturate: APGD on the cross entropy, PGD on the
  ///   margin, APGD on scores of one scale, targeted APGD
  /// - its surrogates (other solvers, derivatives and heads): PGD on each; on the auxiliary head,
  ///   where there is one, also MI-FGSM and VNI-FGSM (in L-inf only)
  /// - FAB-T, which has no loss, and Square, which needs no gradient.
  ///
  /// Cheaper attacks first within each group. What a surrogate or Square still breaks, the gradients
  /// of the model had not led to.
  ///
  /// After Athalye, Carlini, Wagner, "Obfuscated gradients give a false sense of security", 2018
  /// (approximate derivatives, expectation over transformations), Huang et al., "Adversarial
  /// robustness of stabilized neural ODEs might be from obfuscated gradients", 2021 (margins,
  /// gradient-free attacks), and Croce and Hein 2020 (parameter-free attacks).
  public static var adaptive: AttackPlan {
    let auxiliary = ScoreChoice.surrogate(named: "auxiliary head")
    return AttackPlan(
      "adaptive", reference: "after Athalye et al. 2018, Croce and Hein 2020, Huang et al. 2021",
      stages: [
        Stage(APGD.crossEntropy, scores: .unsaturated),
        Stage(PGD(name: "pgd-100-margin", loss: MarginLoss(), steps: 100), scores: .unsaturated),
        rescaled(temperature: 1),
        rescaled(temperature: 10),
        Stage(APGD.targeted, scores: .unsaturated),
        Stage(PGD(name: "pgd-100", steps: 100), scores: .surrogates),
        Stage(MIFGSM(), scores: auxiliary),
        Stage(VNIFGSM(neighbours: 20), scores: auxiliary),
        Stage(FAB.targeted(), scores: .unsaturated),
        Stage(Square(), scores: .unsaturated),
      ])
  }

  /// APGD from a start of its own, on scores of one scale.
  private static func rescaled(temperature: Double) -> Stage {
    Stage(
      APGD(name: "apgd-ce-at-\(temperature)", objective: .untargeted(CrossEntropyLoss())),
      scores: .rescaled(temperature: temperature))
  }
}
