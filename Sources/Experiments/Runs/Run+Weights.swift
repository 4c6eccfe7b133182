import Datasets
import Foundation

extension Run {
  /// The SHA-256 of the file that the weights are in.
  var weightsDigest: String {
    get throws {
      SHA256.digest(of: try Data(contentsOf: folder?.model ?? URL(fileURLWithPath: path)))
    }
  }
}
