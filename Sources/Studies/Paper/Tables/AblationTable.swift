import Evaluations

extension PaperTable {
  /// Table V: losses and classifiers left out or replaced.
  static let ablations = {
    let perturbed = perturbedColumns(
      corruptions: ["Gaussian", "Glass", "Shot", "Speckle", "Motion"],
      attacks: ["FGSM", "PGD", "BIM", "APGD", "Jitter"])
    let averaged = perturbed.compactMap(\.condition)
    return PaperTable(
      number: 5, title: "What the losses and the classifier of Zubov-Net contribute",
      rows: PaperRow.ablations,
      columns: [PaperColumn("Orig", .clean)] + perturbed + [
        PaperColumn(mean: averaged),
        PaperColumn("dW/dt", decimals: 2, isBetterWhenLarger: nil) {
          $0.finding(of: DecayMeasurement.Decay.self)?.mean
        },
      ],
      averaged: averaged,
      notes: [
        "dW/dt is the mean of dW_y/dh · f(h) over the trajectories of the test images; the paper has "
          + "it for two rows. Attacks are at 8/255."
      ],
      published: .ablations
    ) { settings in
      [
        AccuracyMeasurement.corruptions(settings), AccuracyMeasurement.attacks(settings),
        DecayMeasurement(limit: settings.limit),
      ]
    }
  }()

  /// The columns of Tables V and VI between clean and average.
  static func perturbedColumns(corruptions: [String], attacks: [String]) -> [PaperColumn] {
    corruptions.map(PaperColumn.corruption)
      + attacks.map { PaperColumn.attack($0, "8/255", showsBudget: false) }
  }
}
