import Foundation
import Reports
import Testing

@Suite(
  "Report page in a browser",
  .enabled(if: ProcessInfo.processInfo.environment["BASIN_SKIP_BROWSER"] != "1"))
struct BrowserTests {
  @Test("Every chart draws marks without an error", arguments: [Theme.light, .dark])
  func charts(theme: Theme) throws {
    let page = SamplePage.page
    let html = page.html(vegaBundle: try VegaBundle.find())
    let document = try Chromium.find().document(of: html, theme: theme)

    #expect(document.attribute("data-errors") == ["0"])
    #expect(document.attribute("data-error-log") == [])
    #expect(document.attribute("data-charts") == ["rendered"])
    let expected = html.components(separatedBy: "class=\"chart\"").count - 1
    let marks = document.attribute("data-marks").compactMap { Int($0) }
    #expect(marks.count == expected)
    #expect(marks.allSatisfy { $0 > 0 }, "marks drawn by each chart: \(marks)")
    // The charts take their colours from the page's theme.
    #expect(document.text.contains(theme == .light ? "#0072b2" : "#4ba3e3"))
  }

  @Test(
    "Nothing of a chart is cut off and the page does not scroll sideways", arguments: [390, 1280])
  func layout(width: Int) throws {
    let html = SamplePage.page.html(vegaBundle: try VegaBundle.find())
    let layout = try Chromium.find().layout(of: html, width: width)
    #expect(layout.pageWidth <= width)
    #expect(layout.charts.count == html.components(separatedBy: "class=\"chart\"").count - 1)
    for (place, chart) in layout.charts.enumerated() {
      #expect(chart.left >= -1 && chart.right <= 1, "chart \(place) reaches beyond its picture")
    }
    // Tables that do not fit scroll in a frame of their own.
    #expect(layout.tables.allSatisfy { $0 <= Double(width) })
  }

  @Test("A page without its bundle says that its charts failed")
  func failure() throws {
    let document = try Chromium.find().document(
      of: SamplePage.page.html(vegaBundle: "console.error('broken')"), theme: .light)
    #expect(document.attribute("data-charts") == ["failed"])
    #expect(document.attribute("data-error-log").first?.contains("broken") == true)
  }
}
