import Foundation
import Reports
import StableDynamics

/// How well prescribed regions match true basins: the picture of two-dimensional states, and the
/// figures of all.
struct RegionSection {
  let groups: [RunGroup]

  var section: ReportPage.Section? {
    let found = groups.compactMap { group in group.first.regions.map { (group.label, $0) } }
    guard !found.isEmpty else { return nil }
    var blocks: [ReportPage.Block] = [.prose(words)]
    for (label, study) in found { blocks += pictures(label, study) }
    blocks.append(.table(table(found)))
    return .init("Regions of attraction", blocks)
  }

  private let words = """
    The Lyapunov functions prescribe regions {W < ρ}: level sets of W = 1 - exp(-V) in the paper's \
    form, cells with W = V / min V of the others in Basin's own. The dynamics decide where \
    trajectories truly end. The paper's guarantees assume that the two agree exactly, so this \
    measures how far they do. The residuals are relative and of the cells' equation for all models; \
    where a model does not prescribe it, its speed is fitted in the model's favour.
    """

  private func pictures(_ label: String, _ study: RegionStudy) -> [ReportPage.Block] {
    guard let planes = study.planes else { return [] }
    let before = planes.before.intersectionOverUnion.cells
    let after = planes.after.intersectionOverUnion.cells
    return [
      .note(
        String(
          format: """
            %@: intersection over union of prescribed cells with true basins (trajectories \
            followed to t = %g) is %.2f before training and %.2f after.
            """, label, planes.after.horizon, before, after)),
      .chartGrid(
        [
          planes.before.picture(.regions, "Before training", classNames: study.classNames),
          planes.after.picture(.regions, "Prescribed regions", classNames: study.classNames),
          planes.after.picture(.basins, "True basins", classNames: study.classNames),
        ].map(\.vegaLite), legend: study.classNames),
    ]
  }

  private func table(_ found: [(String, RegionStudy)]) -> Table {
    var table = Table(
      caption: "Alignment of regions; shares in percent",
      columns: [
        .init("method"), .number("samples"), .number("residual (trajectories)"),
        .number("between samples"),
        .number("counterexamples"), .number("stay in region to T"), .number("stay in cell, long"),
        .number("reach equilibrium, long"), .number("agree from between samples"),
        .number("IoU there"), .number("IoU of the plane"), .number("changed by the flow"),
      ])
    for (label, study) in found {
      let alignment = study.alignment
      let cells = alignment.cells
      func ratio(_ value: Double?) -> Table.Cell {
        value.map { .init(String(format: "%.2f", $0)) } ?? .missing
      }
      table.append([
        .init(label), .init("\(alignment.sampleCount)", detail: study.data),
        .number(cells.onTrajectories.meanRelative),
        .number(cells.onSegments.meanRelative), .number(cells.onCounterexamples.meanRelative),
        alignment.containment.first.map { .percentage($0.staysInRegion) } ?? .missing,
        alignment.containment.last.map { .percentage($0.staysInCell) } ?? .missing,
        alignment.containment.last.map { .percentage($0.reachesEquilibrium) } ?? .missing,
        .percentage(cells.fromSegments.agreement),
        ratio(cells.fromSegments.intersectionOverUnion),
        ratio(study.planes?.after.intersectionOverUnion.cells),
        .percentage(alignment.decisionsChangedByFlow),
      ])
    }
    return table
  }
}

extension RegionPlane {
  /// What the cells of a picture are coloured by.
  enum Coloring {
    case regions, basins
  }

  func picture(_ coloring: Coloring, _ title: String, classNames: [String]) -> RegionPicture {
    // The grid's points are the centres of the picture's cells.
    let half = (coordinates[1] - coordinates[0]) / 2
    let range = (coordinates.first! - half)...(coordinates.last! + half)
    let classes = coloring == .regions ? regions : basins
    var picture = RegionPicture(
      title: title,
      summary: coloring == .regions
        ? "Colours: {W < ρ}; curves: W = 0.5 and W = ρ; diamonds: equilibria."
        : "Colours: near which equilibrium trajectories end, none where they end elsewhere.",
      classNames: classNames, xRange: range, yRange: range)
    picture.cells = .init(
      columns: coordinates.count, rows: coordinates.count,
      classes: classes.flatMap { $0.map { $0 < 0 ? nil : $0 } })
    picture.field = arrows.map {
      .init(origin: .init($0.origin), dx: $0.velocity.x, dy: $0.velocity.y)
    }
    picture.levelSets = levelSets.map(RegionPicture.Path.init)
    picture.trajectories = trajectories.map(RegionPicture.Path.init)
    picture.equilibria = equilibria.map {
      .init(.init($0.point), classIndex: $0.classIndex)
    }
    picture.samples = trajectories.compactMap { curve in
      curve.points.first.map { .init(.init($0), classIndex: curve.classIndex) }
    }
    return picture
  }
}

extension RegionPicture.Point {
  fileprivate init(_ point: PlanePoint) { self.init(x: point.x, y: point.y) }
}

extension RegionPicture.Path {
  fileprivate init(_ curve: RegionPlane.Curve) {
    self.init(curve.points.map(RegionPicture.Point.init), classIndex: curve.classIndex)
  }
}
