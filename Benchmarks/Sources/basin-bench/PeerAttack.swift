import NeuralNetworks
import Robustness
import Tensors

/// The attacks by the names of peer/attacks.py, with the settings that they have there: the last
/// iterate where the peer returns that, steps of ε/4.
enum PeerAttack: String, CaseIterable {
  case fgsm, bim, pgd, jitter, square, autoattack
  case pgdClean = "pgd-clean"
  case momentum = "mi-fgsm"
  case nesterov = "ni-fgsm"
  case varianceTuned = "vni-fgsm"
  case startedAPGD = "apgd-ce-clean"
  case apgdCrossEntropy = "apgd-ce"
  case apgdLogitRatio = "apgd-dlr"
  case apgdTargeted = "apgd-t"
  case fabTargeted = "fab-t"

  /// Adversarial images, in the order of the samples.
  func images(_ target: AttackTarget) throws -> Tensor {
    switch self {
    case .fgsm: try target.perturbed(by: FGSM())
    case .bim: try target.perturbed(by: BIM(returning: .last))
    case .pgdClean: try target.perturbed(by: PGD(startsRandomly: false, returning: .last))
    case .startedAPGD:
      try target.perturbed(
        by: APGD(
          name: rawValue, objective: .untargeted(CrossEntropyLoss()), start: .clean,
          stopsAtSuccess: false, comparesFirstLossWithZero: true))
    case .pgd: try target.perturbed(by: PGD(returning: .last))
    case .momentum: try target.perturbed(by: MIFGSM(returning: .last))
    case .nesterov: try target.perturbed(by: NIFGSM(returning: .last))
    case .varianceTuned: try target.perturbed(by: VNIFGSM(returning: .last))
    case .jitter: try target.perturbed(by: Jitter(returning: .last))
    case .apgdCrossEntropy: try target.perturbed(by: APGD.crossEntropy)
    case .apgdLogitRatio:
      try target.perturbed(
        by: APGD(name: rawValue, objective: .untargeted(LogitRatioLoss()), iterations: 50))
    case .apgdTargeted:
      try target.broken(
        by: AttackPlan(APGD(name: rawValue, objective: .targeted(), iterations: 20)))
    case .fabTargeted: try target.broken(by: AttackPlan(FAB.targeted(steps: 20)))
    case .square: try target.perturbed(by: Square(queries: 1000))
    case .autoattack: try target.broken(by: .autoAttack)
    }
  }
}
