import Evaluations
import Reports
import Runs
import Verification

extension AttractionStudy {
  /// In a few words.
  package var summary: String {
    guard let best, let proven = best == .learned ? learned : quadratic else {
      return "\(name): nothing is proven. " + (notes.last ?? "")
    }
    var comparison = ""
    if best == .learned, let quadratic {
      comparison = ", where a quadratic function proves \(quadratic.share.percent)"
    }
    return "\(name): \(proven.share.percent) of the simulated region of attraction is proven"
      + "\(comparison) (\(proven.boxes) boxes, \(total) s)."
  }

  private var total: String { Table.Cell.number(seconds.values.reduce(0, +)).text }

  /// Truth and proofs side by side.
  package var table: Table {
    var table = Table(
      caption: "\(name) on \(boxText)",
      columns: [
        .init("region"), .number("volume"), .number("share of the truth, %"), .number("level"),
        .number("boxes"), .number("contradicted by simulation"),
      ])
    table.append([
      "simulated truth", .number(simulated.volume, significantDigits: 5), "100", .missing,
      .missing, .missing,
    ])
    for (label, proven) in [("quadratic function", quadratic), ("learned function", learned)] {
      guard let proven else {
        table.append([.init(label), .missing, .missing, .missing, .missing, .missing])
        continue
      }
      table.append([
        .init(label), .number(proven.volume, significantDigits: 5), .percentage(proven.share),
        .number(proven.level, significantDigits: 5), "\(proven.boxes)", "\(proven.contradictions)",
      ])
    }
    return table
  }

  /// Seconds of each stage.
  package var timeTable: Table {
    var table = Table(caption: "Seconds", columns: [.init("stage"), .number("seconds")])
    for (stage, seconds) in seconds.sorted(by: { $0.key < $1.key }) {
      table.append([.init(stage), .number(seconds)])
    }
    return table
  }

  private var boxText: String {
    zip(states, box).map { "\($0) in [\($1[0]), \($1[1])]" }.joined(separator: ", ")
  }

  /// The study as a page, all but the charts' script.
  package var page: ReportPage {
    var blocks: [ReportPage.Block] = [.note(summary), .table(table)]
    if let plane {
      blocks.append(
        .chartGrid(
          [plane.regions.vegaLite, plane.proof.vegaLite], legend: AttractionPlane.classNames))
    }
    return ReportPage(
      title: "Region of attraction: \(name)",
      subtitle: "Proven by Basin \(Basin.version), seed \(seed).",
      headlines: [
        .init(provenShare.percent, label: "of the simulated region is proven"),
        .init(
          quadratic?.share.percent ?? "none", label: "by a quadratic function alone"),
      ],
      sections: [
        .init("What is proven", blocks),
        .init(
          "How to read it",
          [
            .prose(
              """
              From every state of the proven region the system comes home to its equilibrium without \
              leaving the box: that is a theorem about the equations, rounding included, and the boxes \
              are its proof. The simulated truth is a grid of points whose trajectories were followed. \
              Counterexamples are places where an earlier candidate did not fall; it was fitted to \
              them.
              """)
          ] + notes.map(ReportPage.Block.note)),
        .init(
          "The system",
          [
            .details(
              title: "Equations",
              text: zip(states, equations).map { "d\($0)/dt = \($1)" }.joined(separator: "\n")),
            .table(timeTable),
          ]),
      ])
  }
}

extension Double {
  fileprivate var percent: String { "\(Table.Cell.percentage(self).text) %" }
}

extension AttractionPlane {
  static let classNames = ["comes home, not proven", "proven"]

  private func picture(_ title: String, _ summary: String) -> RegionPicture {
    let (dx, dy) = ((x[1] - x[0]) / 2, (y[1] - y[0]) / 2)
    return RegionPicture(
      title: title, summary: summary, classNames: Self.classNames,
      xRange: x.first! - dx...x.last! + dx, yRange: y.first! - dy...y.last! + dy)
  }

  /// Truth and proof, with the field, trajectories and both borders.
  var regions: RegionPicture {
    var picture = picture(
      "What is proven",
      "Colours: from where the system comes home; curves: the proven borders and trajectories.")
    picture.cells = .init(
      columns: x.count, rows: y.count, classes: cells.flatMap { $0.map { $0 == 0 ? nil : $0 - 1 } })
    picture.field = arrows.map {
      .init(
        origin: .init(x: $0.origin.x, y: $0.origin.y), dx: $0.velocity.x, dy: $0.velocity.y)
    }
    picture.levelSets = (quadratic + learned).map(Self.path)
    picture.trajectories = trajectories.map(Self.path)
    return picture
  }

  /// The boxes of the proof, and where earlier candidates failed.
  var proof: RegionPicture {
    var picture = picture(
      "How it is proven",
      "Lines: boxes on which the function is proven to fall; dots: counterexamples of earlier ones."
    )
    picture.levelSets =
      boxes.map { box in
        .init([
          .init(x: box[0], y: box[1]), .init(x: box[2], y: box[1]), .init(x: box[2], y: box[3]),
          .init(x: box[0], y: box[3]), .init(x: box[0], y: box[1]),
        ])
      } + (learned.isEmpty ? quadratic : learned).map { Self.path($0, classIndex: 1) }
    picture.samples = counterexamples.map { .init(.init(x: $0.x, y: $0.y), classIndex: 0) }
    return picture
  }

  private static func path(_ points: [PlanePoint]) -> RegionPicture.Path {
    path(points, classIndex: nil)
  }

  private static func path(_ points: [PlanePoint], classIndex: Int?) -> RegionPicture.Path {
    .init(points.map { .init(x: $0.x, y: $0.y) }, classIndex: classIndex)
  }
}
