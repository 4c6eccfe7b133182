extension ReportPage.Block {
  package var html: String {
    switch self {
    case .prose(let text):
      Self.paragraphs(text)
    case .note(let text):
      "<aside class=\"note\">\(Self.paragraphs(text))</aside>"
    case .table(let table):
      table.html
    case .chart(let chart):
      chart.html
    case .chartGrid(let charts, let legend):
      """
      <div class="grid">
      \(Self.legend(legend))
      \(charts.map(\.html).joined(separator: "\n"))
      </div>
      """
    case .gallery(let gallery):
      gallery.html
    case .details(let title, let text):
      """
      <details><summary>\(title.escapedForHTML)</summary>
      <pre tabindex="0">\(text.escapedForHTML)</pre></details>
      """
    }
  }

  private static func paragraphs(_ text: String) -> String {
    text.split(separator: "\n\n").map { "<p>\(String($0).proseHTML)</p>" }.joined(separator: "\n")
  }

  private static func legend(_ names: [String]) -> String {
    guard !names.isEmpty else { return "" }
    let entries = names.enumerated().map { index, name in
      let color = "var(--class-\(index % Palette.light.count))"
      return "<li><span style=\"background: \(color)\"></span>\(name.escapedForHTML)</li>"
    }
    return "<ul class=\"legend\" aria-label=\"Classes\">\(entries.joined())</ul>"
  }
}

extension VegaLiteChart {
  /// A figure whose chart the page's script draws from the specification beside it.
  var html: String {
    """
    <figure>
    <figcaption><h3>\(title.escapedForHTML)</h3>\
    \(summary.isEmpty ? "" : "<p>\(summary.proseHTML)</p>")</figcaption>
    <div class="chart" \(aspectRatio.map { "data-aspect=\"\($0)\"" } ?? "")></div>
    <script type="application/json">\(spec.serialized)</script>
    </figure>
    """
  }
}
