import Foundation
import Reports
import Robustness

/// What stands behind the accuracies of one group: every attack with its interval, what broke which
/// sample, the audits and the certificates of its first run.
struct RobustnessSection {
  let group: RunGroup

  /// Nothing for a run that was neither attacked nor certified.
  var blocks: [ReportPage.Block] {
    let run = group.first
    var blocks: [ReportPage.Block] = []
    if let evaluation = run.evaluation, !evaluation.result.threats.isEmpty {
      blocks.append(.table(evaluation.accuracyTable))
      if let table = evaluation.breakTable { blocks.append(.table(table)) }
      blocks.append(.table(evaluation.auditTable))
      blocks.append(
        .details(
          title: "What broke which sample (tab-separated)", text: evaluation.sampleLines))
    }
    if let certification = run.certification {
      let tables =
        [
          certification.shareTable, certification.cubeShareTable, certification.paper?.boundTable,
          certification.lipschitz?.boundTable, certification.cells?.boundTable,
          certification.invariance?.boundTable, certification.smoothing?.table,
        ] + certification.attacks.map(\.breakTable)
      blocks.append(.prose(certification.summary))
      let charts = certification.charts(group.label)
      if !charts.isEmpty { blocks.append(.chartGrid(charts.map(\.vegaLite))) }
      blocks += tables.compactMap { $0.map(ReportPage.Block.table) }
    }
    return blocks.isEmpty ? [] : [.prose("`\(run.path)`")] + blocks
  }
}

extension Evaluation {
  /// One line for each sample that is correct clean: its index, its class, and under each threat
  /// model what broke it first, or `-`.
  var sampleLines: String {
    let breaks = result.threats.map { threat in
      Dictionary(
        threat.attacks.flatMap { attack in
          attack.breaks.map {
            ($0.index, "\(attack.name): \($0.attack) on \($0.scoreFunction), now \($0.prediction)")
          }
        }, uniquingKeysWith: { first, _ in first })
    }
    let header = ["index", "class"] + result.threats.map { "\($0.threat)" }
    let correct = result.indices.indices.filter { result.isCleanCorrect[$0] }
    let lines = correct.map { place in
      let index = result.indices[place]
      return (["\(index)", "\(result.labels[place])"] + breaks.map { $0[index] ?? "-" })
        .joined(separator: "\t")
    }
    return ([header.joined(separator: "\t")] + lines).joined(separator: "\n")
  }
}

extension Certification {
  /// For each certificate by theorem, the share of samples certified at each radius, with its interval.
  func charts(_ label: String) -> [LineChart] {
    [cells?.sampleRadii, invariance?.sampleRadii].compactMap { $0 }
      .map { Self.chart(of: $0, label) }
  }

  private static func chart(of sampleRadii: [Double], _ label: String) -> LineChart {
    let sorted = sampleRadii.sorted()
    let greatest = sorted.last ?? 0
    let points = (0...100).map { step -> LineChart.Point in
      let radius = greatest * Double(step) / 100
      let count = sorted.count { step == 0 ? $0 > 0 : $0 >= radius }
      let accuracy = Accuracy(correct: count, count: sorted.count)
      return .init(x: radius, y: 100 * accuracy.fraction, interval: accuracy.percent)
    }
    return LineChart(
      title: "Certified accuracy: \(label)",
      summary: "Percent of all samples that no image within the radius is decided otherwise than.",
      bandMeaning: "95 % intervals", xTitle: "radius in the Euclidean norm of pixels",
      yTitle: "certified, %", series: [.init("certified", points: points)])
  }
}

extension Accuracy {
  /// The interval in percent.
  fileprivate var percent: ClosedRange<Double> {
    100 * interval.lowerBound...100 * interval.upperBound
  }
}
