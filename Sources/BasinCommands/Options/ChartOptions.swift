import ArgumentParser
import Evaluations
import Files
import Foundation
import Reports

/// The charts of a page as pictures beside it.
struct ChartOptions: ParsableArguments {
  @Option(
    help: .init(
      "The charts as pictures beside the page too: svg, png or both. Needs the Python package "
        + "vl-convert-python.", valueName: "list"))
  var charts: String?

  func validate() throws { _ = try formats() }

  private func formats() throws -> [ChartRenderer.Format] {
    try charts.map { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { names in
      try names.map { name in
        let name = name.trimmingCharacters(in: .whitespaces)
        guard let format = ChartRenderer.Format(rawValue: name) else {
          throw ValidationError("--charts: expected one of svg, png, found '\(name)'")
        }
        return format
      }
    } ?? []
  }

  /// - Throws: `ValidationError` if there is no page for them to stand beside.
  func requirePage(_ path: String?) throws {
    if charts != nil, path == nil {
      throw ValidationError("--charts: expected --out, the page that they stand beside, found none")
    }
  }

  /// What draws them, looked for before anything is computed; nil where none are wanted.
  func renderer() throws -> ChartRenderer? {
    try formats().isEmpty ? nil : ChartRenderer()
  }

  /// Writes them as `page-1-accuracy-by-budget.svg` and so on.
  ///
  /// - Returns: the names of the files.
  func write(
    _ page: ReportPage, beside file: URL, by renderer: ChartRenderer?
  ) throws -> [String] {
    guard let renderer else { return [] }
    let start = file.deletingPathExtension().relativePath
    return try formats().flatMap { format in
      let pictures = try renderer.pictures(page.charts, as: format)
      return try zip(page.charts, pictures).enumerated().map { index, pair in
        let path = "\(start)-\(index + 1)-\(pair.0.title.slug).\(format.rawValue)"
        try AtomicFile.write(pair.1, to: path)
        return path
      }
    }
  }
}

extension String {
  /// Its letters and digits, in small ASCII, for the name of a file.
  fileprivate var slug: String {
    let words = lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return String(words.joined(separator: "-").prefix(60))
  }
}
