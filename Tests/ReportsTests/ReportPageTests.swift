import Foundation
import Reports
import Testing

@Suite("Report page")
struct ReportPageTests {
  @Test("Whatever a user wrote is text, never markup")
  func escaping() {
    let evil = "</script><img src=x onerror=\"alert('1')\">&"
    let page = ReportPage(
      title: evil, subtitle: evil, headlines: [.init(evil, label: evil, detail: evil)],
      sections: [
        .init(
          evil,
          [
            .prose(evil), .note(evil), .details(title: evil, text: evil),
            .table(Table(caption: evil, columns: [.init(evil)], rows: [[Table.Cell(evil)]])),
            .chart(VegaLiteChart(title: evil, summary: evil, spec: ["title": .string(evil)])),
            .chartGrid([], legend: [evil]),
            .gallery(
              ImageGallery([
                .init(
                  title: evil,
                  pictures: [
                    .init(
                      PixelImage(width: 1, height: 1, pixels: [0]), name: evil, prediction: evil,
                      isCorrect: false)
                  ])
              ])),
          ])
      ])
    let html = page.html(vegaBundle: "const end = '</SCRIPT><!--';")
    #expect(!html.contains("<img src=x"))
    #expect(html.contains("const end = '<\\/SCRIPT><\\!--';"))
    #expect(html.components(separatedBy: "</script>").count - 1 == 4)
    #expect("<a href=\"'\">&".escapedForHTML == "&lt;a href=&quot;&#39;&quot;&gt;&amp;")
  }

  @Test("Prose has paragraphs and code")
  func prose() {
    #expect(
      ReportPage.Block.prose("one `a<b`\n\ntwo").html
        == "<p>one <code>a&lt;b</code></p>\n<p>two</p>")
    #expect("odd ` tick".proseHTML == "odd ` tick")
  }

  @Test("The page asks no one for anything and says how far it is")
  func selfContained() {
    let html = SamplePage.page.html(vegaBundle: "")
    #expect(html.contains("default-src 'none'"))
    #expect(html.contains("<html lang=\"en\" data-charts=\"pending\" data-errors=\"0\">"))
    #expect(html.contains("width=device-width"))
    #expect(!html.contains(" src=\"http") && !html.contains(" href=\"http"))
  }

  @Test("Images say in words what they show")
  func alternatives() {
    let html = SamplePage.gallery.html
    #expect(html.contains("alt=\"a true 1, PGD-10, 0.1, taken for 2\""))
    #expect(html.contains("src=\"data:image/png;base64,iVBORw0KGgo"))
    #expect(html.contains("aria-label=\"wrong\""))
  }
}
