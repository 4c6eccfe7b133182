import Failures
import Files
import Foundation
import NeuralNetworks
import Reports

/// The JavaScript that draws the charts of a report page, which the page carries with it.
package enum VegaBundle {
  /// The file: `$BASIN_VEGA`, or `.deps/vega.js` in the current folder, in that of the executable
  /// or in one around it.
  ///
  /// - Throws: `VegaBundleError` if there is none.
  package static func locate(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: URL? = Bundle.main.executableURL
  ) throws(VegaBundleError) -> URL {
    if let path = environment["BASIN_VEGA"], !path.isEmpty {
      guard FileManager.default.isReadableFile(atPath: path) else {
        throw VegaBundleError(found: "no readable file '\(path)' ($BASIN_VEGA)")
      }
      return URL(fileURLWithPath: path)
    }
    var folders = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath)]
    var folder = executable?.resolvingSymlinksInPath().deletingLastPathComponent()
    while let current = folder {
      folders.append(current)
      let parent = current.deletingLastPathComponent()
      folder = parent.path == current.path || current.path == "/" ? nil : parent
    }
    let files = folders.map { $0.appendingPathComponent(".deps/vega.js") }
    guard let file = files.first(where: { FileManager.default.isReadableFile(atPath: $0.path) })
    else { throw VegaBundleError(found: "no .deps/vega.js here or around the executable") }
    return file
  }

  /// The script.
  package static func load() throws(VegaBundleError) -> String {
    let file = try locate()
    guard let script = try? String(contentsOf: file, encoding: .utf8),
      script.contains("vegaEmbed")
    else { throw VegaBundleError(found: "another content in '\(file.path)'") }
    return script
  }
}

/// The charts' script is not where it is looked for.
package struct VegaBundleError: Error, Hashable, Sendable, CustomStringConvertible {
  package let found: String

  package var description: String {
    "report: expected the Vega bundle that draws the charts, found \(found). "
      + "Run `make setup`, or give the file as $BASIN_VEGA."
  }
}

extension ReportPage {
  /// Writes the page to a file, as a whole or not at all.
  ///
  /// - Parameter vegaBundle: a script that sets `window.vegaEmbed`.
  package func write(to url: URL, vegaBundle: String) throws(Failure) {
    try AtomicFile.write(html(vegaBundle: vegaBundle).utf8, to: url.relativePath)
  }
}
