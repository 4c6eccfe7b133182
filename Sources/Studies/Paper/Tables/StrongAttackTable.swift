import Evaluations

extension PaperTable {
  /// Table III: transferred, black-box and combined attacks; adversarial training.
  static let strongAttacks = {
    let attacks = ["VNI", "Square", "AA"].map {
      PaperColumn.attack($0, "16/255", showsBudget: false)
    }
    let averaged = attacks.compactMap(\.condition)
    return PaperTable(
      number: 3, title: "Robustness against strong attacks at 16/255",
      rows: [.projNODE, .lyaNet, .zubovNet] + PaperRow.adversarial + [.zubovCell],
      columns: [PaperColumn("Orig", .clean)] + attacks + [PaperColumn.worst("16/255")],
      averaged: averaged,
      notes: [
        "VNI is made on the Neural ODE and the ResNet-18 of the same seed and tried on the row's "
          + "model. The column worst is not the paper's.",
        "PGD-AT, MART and TRADES train ResNet-18 at 8/255 with the settings of their publications.",
      ],
      published: .strongAttacks
    ) { [AccuracyMeasurement.strongAttacks($0)] }
  }()
}
