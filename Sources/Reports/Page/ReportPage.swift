/// A report in one HTML file that needs nothing else: no network, no server, no other file.
///
/// ```swift
/// let page = ReportPage(
///   title: "Zubov-Net on digits", subtitle: "30 epochs, seed 7",
///   sections: [.init("Accuracy", [.table(table), .chart(chart.vegaLite)])])
/// let html = page.html(vegaBundle: javaScript)
/// ```
///
/// Once drawn, the page says so: `data-charts` of its root becomes `rendered` (or `failed`),
/// `data-errors` counts what went wrong, and `data-marks` of each chart counts what was drawn.
public struct ReportPage: Equatable, Sendable {
  /// A figure that the page opens with.
  public struct Headline: Equatable, Sendable {
    /// The figure as it is written, with its unit.
    public var value: String
    /// What the figure is, in a few words above it.
    public var label: String
    /// What qualifies the figure, such as its interval, in smaller print below it.
    public var detail: String?

    /// Creates a figure as it is written, with what it is.
    public init(_ value: String, label: String, detail: String? = nil) {
      self.value = value
      self.label = label
      self.detail = detail
    }
  }

  /// A titled part of the page.
  public struct Section: Equatable, Sendable {
    /// The heading, which the page's table of contents repeats.
    public var title: String
    /// What the section shows, from top to bottom.
    public var blocks: [Block]

    /// Creates a section of blocks, from top to bottom.
    public init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  /// What a section is made of.
  public enum Block: Equatable, Sendable {
    /// Paragraphs, set apart by an empty line; text between backticks is set as code.
    case prose(String)

    /// A remark that must not be missed, such as the assumption behind a figure.
    case note(String)

    case table(Table)
    case chart(VegaLiteChart)

    /// Charts side by side where the screen is wide enough; `legend` names the classes in the
    /// order of their colours.
    case chartGrid([VegaLiteChart], legend: [String] = [])

    case gallery(ImageGallery)

    /// Plain text such as a configuration, closed until the reader opens it.
    case details(title: String, text: String)
  }

  /// The page's heading and the name of its browser tab.
  public var title: String
  /// What was run and how, in a line below the heading; none if empty.
  public var subtitle: String
  /// The figures that the page opens with.
  public var headlines: [Headline]
  /// The parts of the page, from top to bottom.
  public var sections: [Section]

  /// Creates a page; only its heading and its sections must be given.
  public init(
    title: String, subtitle: String = "", headlines: [Headline] = [], sections: [Section]
  ) {
    self.title = title
    self.subtitle = subtitle
    self.headlines = headlines
    self.sections = sections
  }
}
