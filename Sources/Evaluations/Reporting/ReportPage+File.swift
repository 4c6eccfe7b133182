import Failures
import Files
import Foundation
import NeuralNetworks
import Reports

extension ReportPage {
  /// Writes the page to a file, as a whole or not at all.
  ///
  /// - Parameter vegaBundle: a script that sets `window.vegaEmbed`.
  package func write(to url: URL, vegaBundle: String) throws(Failure) {
    try AtomicFile.write(html(vegaBundle: vegaBundle).utf8, to: url.relativePath)
  }
}
