extension ReportPage {
  /// The page as HTML.
  ///
  /// - Parameter vegaBundle: A script that sets `window.vegaEmbed`.
  public func html(vegaBundle: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en" data-charts="pending" data-errors="0">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="\(Self.contentSecurityPolicy)">
    <title>\(title.escapedForHTML)</title>
    <style>\(Self.style)</style>
    <script>\(Self.errorScript)</script>
    </head>
    <body>
    <header>
    <p class="brand">\(Self.emblem)Basin</p>
    <h1>\(title.escapedForHTML)</h1>
    \(subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(subtitle.proseHTML)</p>")
    \(headlinesHTML)
    \(navigationHTML)
    </header>
    <main>
    <noscript><p class="note">The charts of this page are drawn by JavaScript, which is off.</p>
    </noscript>
    \(sections.enumerated().map { $0.element.html(id: $0.offset) }.joined(separator: "\n"))
    </main>
    <script type="module">\(vegaBundle.escapedForScript)</script>
    <script type="module">\(Self.chartScript)</script>
    </body>
    </html>

    """
  }

  /// The browser itself keeps the page from asking anyone for anything.
  private static let contentSecurityPolicy = """
    default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; \
    img-src data: blob:
    """

  /// Level sets around an equilibrium.
  private static let emblem = """
    <svg viewBox="0 0 32 32" aria-hidden="true"><ellipse cx="16" cy="16" rx="14.5" ry="9.5"/>\
    <ellipse cx="16.8" cy="16.4" rx="9.2" ry="5.8"/><ellipse cx="17.5" cy="16.7" rx="4" ry="2.4"/>\
    </svg>
    """

  private var headlinesHTML: String {
    guard !headlines.isEmpty else { return "" }
    let figures = headlines.map { headline in
      let detail = headline.detail.map { "<dd>\($0.escapedForHTML)</dd>" } ?? ""
      return """
        <div><dt>\(headline.label.escapedForHTML)</dt>\
        <dd class="value">\(headline.value.escapedForHTML)</dd>\(detail)</div>
        """
    }
    return "<dl class=\"headlines\">\n\(figures.joined(separator: "\n"))\n</dl>"
  }

  private var navigationHTML: String {
    guard sections.count > 1 else { return "" }
    let links = sections.enumerated().map { index, section in
      "<a href=\"#section-\(index)\">\(section.title.escapedForHTML)</a>"
    }
    return "<nav aria-label=\"Sections\">\(links.joined(separator: "\n"))</nav>"
  }
}

extension ReportPage.Section {
  fileprivate func html(id: Int) -> String {
    """
    <section id="section-\(id)" aria-labelledby="title-\(id)">
    <h2 id="title-\(id)">\(title.escapedForHTML)</h2>
    \(blocks.map(\.html).joined(separator: "\n"))
    </section>
    """
  }
}

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
