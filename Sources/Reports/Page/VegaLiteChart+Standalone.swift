extension VegaLiteChart {
  /// The specification of a picture that stands alone: of a fixed width, with its title, in the light
  /// colours of the page.
  public func standalone(width: Double = 640) -> JSONValue {
    guard case .object(var members) = spec else { return spec }
    if members["width"] != nil { members["width"] = .number(width) }
    if let aspectRatio {
      members["width"] = .number(width)
      members["height"] = .number((width * aspectRatio).rounded())
    }
    members["title"] = ["text": .string(title), "anchor": "start", "fontWeight": 600]
    members["config"] = Self.lightTheme
    return .object(members)
  }

  /// What the page's script makes of the style sheet, of a wide page in light colours.
  private static let lightTheme: JSONValue = {
    let (ground, ink, muted, rule): (JSONValue, JSONValue, JSONValue, JSONValue) = (
      "#ffffff", "#1b1d21", "#5f656e", "#e3e3de"
    )
    return [
      "background": ground, "padding": 8, "font": "sans-serif",
      "range": [
        "category": .strings(Palette.light),
        "regions": .strings(Palette.light.map { Palette.mixed($0, with: "#ffffff", share: 0.3) }),
      ],
      "style": ["ink": ["color": ink], "outlined": ["stroke": ground]],
      "view": ["stroke": nil],
      "line": ["strokeWidth": 1.8, "strokeJoin": "round", "strokeCap": "round"],
      "axis": [
        "labelColor": muted, "titleColor": muted, "labelFontSize": 11.5, "titleFontSize": 12,
        "titleFontWeight": 500, "gridColor": rule, "domainColor": rule, "tickColor": rule,
        "labelLimit": 220,
      ],
      "axisX": ["grid": false, "labelFlush": true],
      "axisY": ["domain": false, "ticks": false, "tickCount": 5],
      "legend": [
        "orient": "top", "title": nil, "labelColor": ink, "labelLimit": 600,
        "symbolStrokeWidth": 2.5, "symbolOpacity": 1, "columns": 4,
      ],
    ]
  }()
}

extension ReportPage {
  /// All charts of the page in order.
  public var charts: [VegaLiteChart] {
    sections.flatMap(\.blocks).flatMap { block -> [VegaLiteChart] in
      switch block {
      case .chart(let chart): [chart]
      case .chartGrid(let charts, legend: _): charts
      case .prose, .note, .table, .gallery, .details: []
      }
    }
  }
}

extension ScatterChart {
  /// The panels side by side under one legend.
  public var block: ReportPage.Block { .chartGrid(vegaLite, legend: classNames) }
}
