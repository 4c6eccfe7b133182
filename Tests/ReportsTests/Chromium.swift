import Foundation
import Reports

/// What a reader's system prefers.
enum Theme: String, Sendable {
  case light
  case dark
}

/// What a test needs and the machine lacks; `make test` installs it.
struct MissingTool: Error, CustomStringConvertible {
  var description: String
}

/// The Vega JavaScript bundle of this checkout.
enum VegaBundle {
  static func find() throws -> String {
    let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
      url.deletingLastPathComponent()
    }
    let path =
      ProcessInfo.processInfo.environment["BASIN_VEGA"]
      ?? root.appendingPathComponent(".deps/vega.js").path
    guard let bundle = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw MissingTool(
        description: """
          expected the Vega bundle at '\(path)', found no readable file; run 'make setup', set \
          BASIN_VEGA to the file, or skip the browser tests with BASIN_SKIP_BROWSER=1
          """)
    }
    return bundle
  }
}

/// A headless browser.
struct Chromium {
  private var executable: URL

  static func find() throws -> Chromium {
    let names = ["chromium", "chromium-browser", "google-chrome"]
    let folders = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
    for name in names {
      for folder in folders {
        let url = URL(fileURLWithPath: String(folder)).appendingPathComponent(name)
        if FileManager.default.isExecutableFile(atPath: url.path) {
          return Chromium(executable: url)
        }
      }
    }
    throw MissingTool(
      description: """
        expected one of \(names.joined(separator: ", ")) in PATH, found none; run 'make setup' or \
        skip the browser tests with BASIN_SKIP_BROWSER=1
        """)
  }

  /// Where things stand on a page in a window of a width.
  struct Layout: Decodable {
    /// How far the texts of a chart reach beyond its picture: to the left if negative, to the right
    /// if positive.
    struct Reach: Decodable {
      var left: Double
      var right: Double
    }
    /// The width that the page takes up.
    var pageWidth: Int
    var charts: [Reach]
    /// The right edge of each table's frame.
    var tables: [Double]
  }

  /// The layout of the page `html` once its charts are drawn. The page is in a frame, because
  /// windows have a least width.
  func layout(of html: String, width: Int) throws -> Layout {
    let frame = """
      <!DOCTYPE html><html><body style="margin: 0">
      <iframe style="width: \(width)px; height: 900px; border: 0" srcdoc="\(html.escapedForHTML)">
      </iframe>
      <script>
      const measure = () => {
        const page = document.querySelector("iframe").contentDocument;
        if (!["rendered", "failed"].includes(page.documentElement?.dataset.charts)) {
          return setTimeout(measure, 20);
        }
        const edges = element => element.getBoundingClientRect();
        const charts = [...page.querySelectorAll(".chart svg.marks")].map(picture => {
          const { left, right } = edges(picture);
          const texts = [...picture.querySelectorAll("text")].filter(text => text.textContent);
          return {
            left: Math.min(left, ...texts.map(text => edges(text).left)) - left,
            right: Math.max(right, ...texts.map(text => edges(text).right)) - right,
          };
        });
        const tables = [...page.querySelectorAll(".table > div")].map(table => edges(table).right);
        const pageWidth = page.documentElement.scrollWidth;
        document.documentElement.dataset.layout = btoa(
          JSON.stringify({ pageWidth, charts, tables }));
      };
      measure();
      </script></body></html>
      """
    let found = try document(of: frame, theme: .light).attribute("data-layout").first
    guard let found, let json = Data(base64Encoded: found) else {
      throw MissingTool(description: "expected the layout of a page, found none")
    }
    return try JSONDecoder().decode(Layout.self, from: json)
  }

  /// The document that the page `html` has become once its scripts have run.
  func document(of html: String, theme: Theme) throws -> Document {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("basin-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appendingPathComponent("page.html")
    let output = folder.appendingPathComponent("document.html")
    try Data(html.utf8).write(to: page)
    try Data().write(to: output)

    let process = Process()
    process.executableURL = executable
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--user-data-dir=\(folder.appendingPathComponent("profile").path)",
      "--blink-settings=preferredColorScheme=\(theme == .dark ? 0 : 1)",
      "--window-size=1280,900", "--virtual-time-budget=20000", "--dump-dom", page.absoluteString,
    ]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Document(text: try String(contentsOf: output, encoding: .utf8))
  }
}

/// A document as the browser wrote it out.
struct Document {
  var text: String

  /// The values of an attribute of the elements that have it, in their order.
  func attribute(_ name: String) -> [String] {
    text.components(separatedBy: " \(name)=\"").dropFirst().map { rest in
      String(rest.prefix { $0 != "\"" })
    }
  }
}
