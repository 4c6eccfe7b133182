import Experiments
import Foundation
import Reports

/// A page with one chart and tables.
func writePage(
  to path: String?, title: String, subtitle: String, chart: LineChart, tables: [Table]
) throws {
  guard let path else { return }
  let page = ReportPage(
    title: title, subtitle: subtitle,
    sections: [.init(chart.title, [.chart(chart.vegaLite)] + tables.map { .table($0) })])
  try page.write(to: URL(fileURLWithPath: path), vegaBundle: VegaBundle.load())
}
