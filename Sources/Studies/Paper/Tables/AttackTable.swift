import Evaluations

extension PaperTable {
  /// Table II: five white-box attacks with two budgets.
  static let attacks = {
    let attacks = ["FGSM", "PGD", "BIM", "APGD", "Jitter"].flatMap { attack in
      ["8/255", "16/255"].map { PaperColumn.attack(attack, $0) }
    }
    let averaged = attacks.compactMap(\.condition)
    return PaperTable(
      number: 2, title: "Robustness against five white-box attacks", rows: PaperRow.family,
      columns: [PaperColumn("Original", .clean)] + attacks + [PaperColumn(mean: averaged)]
        + ["8/255", "16/255"].map(PaperColumn.worst),
      averaged: averaged,
      notes: [
        "An average over attacks is no measure of robustness, since an attacker takes the best; the "
          + "columns worst, which the paper does not have, are what holds against all five.",
        "The paper's PGD and APGD hardly fall from 8/255 to 16/255 and lie above its FGSM, which is "
          + "impossible for attacks that work; see Documentation/PaperProtocol.md.",
      ],
      published: .attacks
    ) { [AccuracyMeasurement.attacks($0)] }
  }()
}
