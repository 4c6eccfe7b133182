import Evaluations

extension PaperTable {
  /// Table VI: the solver, the horizon T and the intervals Γ.
  static let solvers = {
    let perturbed = perturbedColumns(
      corruptions: ["Gaussian", "Glass", "Shot", "Speckle", "Motion"],
      attacks: ["FGSM", "BIM", "PGD", "APGD", "Jitter"])
    let averaged = perturbed.compactMap(\.condition)
    return PaperTable(
      number: 6, title: "Solver, horizon T and intervals Γ of Zubov-Net", rows: PaperRow.solvers,
      columns: [PaperColumn("Orig", .clean)] + perturbed + [PaperColumn(mean: averaged)],
      averaged: averaged,
      notes: ["A row's solver is that of training and of use. Attacks are at 8/255."],
      published: .solvers
    ) { [AccuracyMeasurement.corruptions($0), AccuracyMeasurement.attacks($0)] }
  }()
}
