import Evaluations

extension PaperTable {
  /// Table I: clean and corrupted images.
  static let corruptions = {
    let kinds = [
      "Gaussian", "Glass", "Shot", "Impulse", "Speckle", "Motion", "Brightness", "Contrast",
    ].map(PaperColumn.corruption)
    let averaged = kinds.compactMap(\.condition)
    return PaperTable(
      number: 1, title: "Accuracy on clean and on corrupted images", rows: PaperRow.family,
      columns: [PaperColumn("Original", .clean)] + kinds + [PaperColumn(mean: averaged)],
      averaged: averaged,
      notes: [
        "The paper does not say at which severities it measured: figures here are means over those "
          + "that were asked for, so only the order within a column compares."
      ],
      published: .corruptions
    ) { [AccuracyMeasurement.corruptions($0)] }
  }()
}
