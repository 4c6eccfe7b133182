import Foundation
import NeuralNetworks
import Robustness
import Tensors

/// The journal of an evaluation as a folder, `evaluation.journal`: a file for each batch, written as
/// a whole or not at all, so that whatever ends the process loses no more than the batch at hand.
///
/// A file holds the tensors `index`, `status`, `prediction`, `distance` and `gradient`, one entry
/// for each sample, and `images`, those of the broken samples.
public final class JournalFolder: EvaluationJournal {
  private let url: URL
  /// Of everything that outcomes depend on beside unit and sample.
  public let fingerprint: String
  private let writer: String
  private var known: [String: [Int: SampleOutcome]] = [:]
  private var written = 0

  /// Opens the folder, or makes it with the first note.
  ///
  /// - Parameters:
  ///   - fingerprint: of everything that outcomes depend on beside unit and sample: files of another
  ///     are removed.
  ///   - writer: sets the files of this process apart from those of others, on other machines too.
  public init(at url: URL, fingerprint: String, writer: String = "process") {
    self.url = url
    self.fingerprint = fingerprint
    self.writer = writer
    let files = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in files.sorted() {
      let file = url.appendingPathComponent(name)
      // What cannot be read, or is of another evaluation, is worth nothing.
      guard let page = try? SafeTensors(contentsOf: file.path),
        page.metadata["fingerprint"] == fingerprint, let unit = page.metadata["unit"],
        let outcomes = Self.outcomes(in: page)
      else {
        try? FileManager.default.removeItem(at: file)
        continue
      }
      for outcome in outcomes { known[unit, default: [:]][outcome.index] = outcome }
    }
  }

  /// Samples of units noted so far, those of earlier processes included.
  public var count: Int { known.values.map(\.count).reduce(0, +) }

  public func outcomes(of unit: String) -> [Int: SampleOutcome] { known[unit] ?? [:] }

  public func record(_ outcomes: [SampleOutcome], of unit: String) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let process = ProcessInfo.processInfo.processIdentifier
    let name = "\(writer)-\(process)-\(written).safetensors"
    written += 1
    try page(of: outcomes, unit: unit).write(to: url.appendingPathComponent(name).path)
    for outcome in outcomes { known[unit, default: [:]][outcome.index] = outcome }
  }

  /// Removes the folder, when what it is for has been saved.
  public func remove() { try? FileManager.default.removeItem(at: url) }

  private func page(of outcomes: [SampleOutcome], unit: String) -> SafeTensors {
    func column(_ value: (SampleOutcome) -> Int) -> Tensor {
      Tensor(outcomes.map { Int64(value($0)) })
    }
    var tensors = [
      "index": column(\.index), "status": column(\.status.rawValue),
      "prediction": column(\.prediction), "distance": Tensor(outcomes.map(\.distance)),
      "gradient": column { $0.gradient?.code ?? -1 },
    ]
    let images = outcomes.compactMap(\.image)
    if !images.isEmpty { tensors["images"] = .stacked(images) }
    return SafeTensors(tensors, metadata: ["fingerprint": fingerprint, "unit": unit])
  }

  /// nil unless the file is as `page` makes them.
  private static func outcomes(in page: SafeTensors) -> [SampleOutcome]? {
    guard let index = page.tensors["index"], let status = page.tensors["status"],
      let prediction = page.tensors["prediction"], let distance = page.tensors["distance"],
      let gradient = page.tensors["gradient"],
      [status, prediction, distance, gradient].allSatisfy({ $0.shape == index.shape })
    else { return nil }
    let (gradients, distances) = (gradient.integers, distance.doubles)
    let statuses = status.integers.map(SampleOutcome.Status.init(rawValue:))
    let (indices, predictions) = (index.integers, prediction.integers)
    let images = page.tensors["images"]
    var next = 0
    var outcomes: [SampleOutcome] = []
    for row in indices.indices {
      guard let status = statuses[row] else { return nil }
      var image: Tensor?
      if status == .broken, let images {
        guard next < images.shape[0] else { return nil }
        image = images[next]
        next += 1
      }
      outcomes.append(
        SampleOutcome(
          index: indices[row], status: status, prediction: predictions[row],
          distance: distances[row], gradient: GradientHealth(code: gradients[row]), image: image))
    }
    return outcomes
  }
}

extension GradientHealth {
  /// Both flags as one number.
  fileprivate var code: Int { (startsAtZero ? 1 : 0) + (isFinite ? 2 : 0) }

  /// nil for -1, no gradient.
  fileprivate init?(code: Int) {
    guard code >= 0 else { return nil }
    self.init(startsAtZero: code & 1 == 1, isFinite: code & 2 == 2)
  }
}
