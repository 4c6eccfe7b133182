import Datasets
import Foundation
import Reports
import Robustness
import Runs

/// One page on one or more runs: how they compare, how they were trained, what breaks them and
/// what their regions are.
package struct RunReport {
  package let groups: [RunGroup]
  package let comparison: Comparison
  private let locations: DataLocations

  /// - Parameter locations: where the data are, for example images.
  package init(_ runs: [RunRecord], locations: DataLocations = DataLocations()) throws {
    groups = try RunGroup.groups(of: runs)
    comparison = Comparison(groups)
    self.locations = locations
  }

  /// The page, all but the charts' script.
  package func page() throws -> ReportPage {
    ReportPage(
      title: title, subtitle: subtitle, headlines: headlines,
      sections: accuracies
        + [
          costs, RegionSection(groups: groups).section,
          section("Robustness") { RobustnessSection(group: $0).blocks },
          section("Tolerance of the solver") { group in
            group.runs.compactMap(\.tolerances).flatMap { [.prose($0.summary), .table($0.table)] }
          },
          section("What breaks them") { ImageSection(group: $0, locations: locations).blocks },
          section("Training") { TrainingSection(group: $0).blocks },
          audits,
        ].compactMap { $0 } + [try details])
  }

  private var title: String {
    let models = groups.map(\.first)
    let methods = unique(models.map(\.method)).joined(separator: ", ")
    return "\(methods) on \(unique(models.map(\.dataName)).joined(separator: ", "))"
  }

  private var subtitle: String {
    let runs = groups.flatMap(\.runs)
    let configurations = runs.compactMap(\.configuration)
    let epochs = Set(configurations.map(\.training.epochs)).sorted().map(String.init)
    let seeds = Set(configurations.map(\.seed)).sorted().map(String.init)
    let (own, others) = (configurations.count, runs.count - configurations.count)
    let parts = [
      own == 0
        ? nil
        : "\(own) run\(own == 1 ? "" : "s"), \(epochs.joined(separator: " or ")) epochs, seed "
          + seeds.joined(separator: ", "),
      others == 0 ? nil : "\(others) evaluation\(others == 1 ? "" : "s") from files",
    ].compactMap { $0 }
    return "\(parts.joined(separator: "; ")). Written by Basin \(Basin.version)."
  }

  /// One for each setting in which runs were measured.
  private var accuracies: [ReportPage.Section] {
    comparison.parts.map { part in
      AccuracySection(
        part: part, groups: groups, isOneOfSeveral: comparison.parts.count > 1
      ).section
    }
  }

  private var costs: ReportPage.Section {
    let missing = groups.flatMap(\.runs)
      .filter { $0.evaluation == nil && $0.folder != nil }.map(\.path)
    let note = ReportPage.Block.note(
      "Not evaluated: \(missing.joined(separator: ", ")). Run `basin evaluate`.")
    return .init("Costs", [.table(comparison.costTable)] + (missing.isEmpty ? [] : [note]))
  }

  /// The figures of the last group, which is the one that the others lead up to, in the setting that
  /// has the most groups.
  private var headlines: [ReportPage.Headline] {
    let widest = comparison.parts.map(\.rows.count).max()
    guard let part = comparison.parts.first(where: { $0.rows.count == widest }),
      let row = part.rows.last
    else { return [] }
    let attacked = part.columns.dropFirst().filter { !part.corruptions.contains($0) }
    let hardest = attacked.filter { $0.hasPrefix("worst") }
    let shown = ["clean"] + (hardest.isEmpty ? Array(attacked.suffix(2)) : hardest)
    return shown.prefix(3).compactMap { column in
      row.accuracies[column].map { spread in
        let scatter =
          row.intervals[column].map {
            String(format: "95 %% interval %.1f to %.1f", 100 * $0[0], 100 * $0[1])
          }
          ?? (spread.count > 1
            ? String(format: "± %.1f over %d seeds", 100 * spread.deviation, spread.count)
            : "one run")
        return .init(
          String(format: "%.1f %%", 100 * spread.mean), label: column,
          detail: "\(row.label): \(scatter), \(part.setting.sampleCount) samples")
      }
    }
  }

  private func section(
    _ title: String, _ blocks: (RunGroup) -> [ReportPage.Block]
  ) -> ReportPage.Section? {
    let blocks = groups.flatMap(blocks)
    return blocks.isEmpty ? nil : .init(title, blocks)
  }

  /// Audits that raised a flag; that none did is worth saying too.
  private var audits: ReportPage.Section? {
    let evaluated = groups.flatMap { group in
      group.runs.compactMap { run in run.evaluation.map { (run.path, $0.result.audits) } }
    }
    guard !evaluated.isEmpty else { return nil }
    let flagged = evaluated.flatMap { path, audits in
      audits.filter { $0.verdict == .flagged }.map { (path, $0) }
    }
    let audits = evaluated.flatMap(\.1)
    guard !flagged.isEmpty else {
      let passed = audits.count { $0.verdict == .passed }
      return .init(
        "Audits",
        [
          .prose(
            """
            No audit raised a flag on the \(evaluated.count) evaluated \
            run\(evaluated.count == 1 ? "" : "s"): \(passed) checks passed, \
            \(audits.count - passed) did not apply.
            """)
        ])
    }
    let table = Table(
      caption: "Audits that raised a flag: these figures are likely too good.",
      columns: [.init("run"), .init("audit"), .init("finding")],
      rows: flagged.map { [.init($0), .init($1.name), .init($1.finding)] })
    return .init("Audits", [.table(table)])
  }

  /// Enough to repeat each run.
  private var details: ReportPage.Section {
    get throws {
      .init(
        "Configuration and provenance",
        try groups.flatMap(\.runs).map { run in
          guard let configuration = run.configuration, let folder = run.folder else {
            return .details(
              title: run.path,
              text: (run.evaluation?.summary ?? run.tolerances?.summary) ?? "(none)")
          }
          let provenance = Provenance.text(at: folder.provenance) ?? "(none)"
          return .details(
            title: run.path, text: try configuration.tree.yaml + "\n" + provenance)
        })
    }
  }

  private func unique(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
