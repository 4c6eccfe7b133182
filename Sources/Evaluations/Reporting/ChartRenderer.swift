import Foundation
import Reports

/// Draws charts as pictures: by vl-convert, a Python package that draws Vega-Lite without a browser.
///
/// Nothing else needs it. It is looked for when pictures are asked for, with the Python of `$BASIN_PYTHON`
/// or `python3`, and in `.deps/vega-python` beside the charts' script.
package struct ChartRenderer {
  /// What a picture is written as.
  package enum Format: String, Sendable, CaseIterable {
    case svg, png
  }

  private let python: String
  private let environment: [String: String]

  /// Finds the program.
  ///
  /// - Throws: `ChartRendererError` if there is no Python with the package.
  package init(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ChartRendererError) {
    var environment = environment
    if let bundle = try? VegaBundle.locate(environment: environment) {
      let folder = bundle.deletingLastPathComponent().appendingPathComponent("vega-python").path
      environment["PYTHONPATH"] = [folder, environment["PYTHONPATH"]].compactMap { $0 }
        .joined(separator: ":")
    }
    self.environment = environment
    python = environment["BASIN_PYTHON"].flatMap { $0.isEmpty ? nil : $0 } ?? "python3"
    guard try run("import vl_convert", input: Data()) != nil else {
      throw ChartRendererError(found: "a Python without it (\(python))")
    }
  }

  /// The pictures of some charts, in their order.
  ///
  /// - Throws: `ChartRendererError` if one cannot be drawn.
  package func pictures(
    _ charts: [VegaLiteChart], as format: Format
  ) throws(ChartRendererError) -> [Data] {
    let lines = charts.map { "\($0.standalone().serialized)\n" }.joined()
    let output = try run(
      """
      import base64, json, sys
      import vl_convert
      for line in sys.stdin:
          spec = json.loads(line)
          picture = \(format == .svg
            ? "vl_convert.vegalite_to_svg(spec).encode()"
            : "vl_convert.vegalite_to_png(spec, scale=2)")
          print(base64.b64encode(picture).decode(), flush=True)
      """, input: Data(lines.utf8))
    let pictures = String(decoding: output ?? Data(), as: UTF8.self)
      .split(separator: "\n").compactMap { Data(base64Encoded: String($0)) }
    guard pictures.count == charts.count else {
      throw ChartRendererError(
        found: "a failure of it at '\(charts[pictures.count].title)', whose data it does not draw")
    }
    return pictures
  }

  /// What a program in Python writes; nil if it fails.
  private func run(_ program: String, input: Data) throws(ChartRendererError) -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", program]
    process.environment = environment
    process.standardError = FileHandle.nullDevice
    let (source, sink) = (Pipe(), Pipe())
    process.standardInput = source
    process.standardOutput = sink
    do {
      try process.run()
    } catch {
      throw ChartRendererError(found: "no program `env`")
    }
    // Written beside reading: both pipes are short.
    let handle = source.fileHandleForWriting
    DispatchQueue.global().async {
      try? handle.write(contentsOf: input)
      try? handle.close()
    }
    let output = (try? sink.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? output : nil
  }
}

/// Pictures that cannot be drawn.
package struct ChartRendererError: Error, Hashable, Sendable, CustomStringConvertible {
  package let found: String

  package var description: String {
    "charts: expected the Python package vl-convert-python, which draws them as pictures, found \(found). "
      + "Run `pip install vl-convert-python`, or name a Python that has it in $BASIN_PYTHON; the page needs "
      + "neither."
  }
}
