import Foundation
import Reports
import Robustness

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
