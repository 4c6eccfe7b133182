import Foundation
import Testing

/// Runs that are trained once for all tests, which only read them.
struct TrainedRuns {
  let folder: Workplace

  static let shared = Result { try TrainedRuns() }

  /// Small trainings: `runs/zubov` on digits and `runs/plane` on toy-2d, `runs/cells` of
  /// certified-cell and `runs/cone` of fi-ode.
  private init() throws {
    folder = try Workplace()
    for (name, method, data) in [
      ("zubov", "zubov-net", "digits"), ("plane", "zubov-net", "toy-2d"),
      ("cells", "certified-cell", "digits"), ("cone", "fi-ode", "digits"),
    ] {
      let outcome = try Tool.run(
        "train --method \(method) --data \(data) --epochs 2 --out runs/\(name) --set "
          + "data.limit=384 --threads 1", in: folder)
      try #require(outcome.status == 0, "\(outcome.error)")
    }
  }
}

extension Tool.Outcome {
  /// Standard output as one JSON object.
  func object() throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }
}
