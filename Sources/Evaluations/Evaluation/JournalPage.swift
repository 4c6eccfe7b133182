import NeuralNetworks
import Robustness
import StableDynamics
import Tensors

/// A file of an evaluation's journal: what became of some samples in one unit of work.
///
/// It holds the tensors `index`, `status`, `prediction`, `distance` and `gradient`, one entry for each
/// sample, and `images`, those of the broken samples.
public struct JournalPage {
  /// Of everything that outcomes depend on beside unit and sample.
  public let fingerprint: String
  /// The unit of work, such as an attack with its budget.
  public let unit: String
  /// What became of the samples, in the file's order.
  public let outcomes: [SampleOutcome]

  /// A page of outcomes, before it is written.
  public init(_ outcomes: [SampleOutcome], unit: String, fingerprint: String) {
    self.outcomes = outcomes
    self.unit = unit
    self.fingerprint = fingerprint
  }

  /// The content of the file.
  public var file: SafeTensors {
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

  /// What a file says, about which nothing is trusted; nil unless it is as `file` makes them.
  public init?(_ file: SafeTensors) {
    guard let fingerprint = file.metadata["fingerprint"], let unit = file.metadata["unit"],
      let outcomes = Self.outcomes(in: file.tensors)
    else { return nil }
    self.init(outcomes, unit: unit, fingerprint: fingerprint)
  }

  private static func outcomes(in tensors: [String: Tensor]) -> [SampleOutcome]? {
    guard let count = tensors["index"]?.count else { return nil }
    func column(_ name: String, _ dtype: DType = .int64) -> Tensor? {
      tensors[name].flatMap { $0.dtype == dtype && $0.shape == [count] ? $0 : nil }
    }
    guard let indices = column("index")?.integers, let codes = column("status")?.integers,
      let predictions = column("prediction")?.integers,
      let distances = column("distance", .float64)?.doubles,
      let gradients = column("gradient")?.integers,
      (indices + predictions).allSatisfy({ $0 >= 0 })
    else { return nil }
    let statuses = codes.compactMap(SampleOutcome.Status.init(rawValue:))
    guard statuses.count == count else { return nil }
    // All broken samples have an image, or none has, as where they are not wanted.
    let broken = statuses.indices.filter { statuses[$0] == .broken }
    var images: [Int: Tensor] = [:]
    if let stack = tensors["images"] {
      guard stack.dtype.isFloatingPoint, stack.rank > 0, stack.shape[0] == broken.count else {
        return nil
      }
      for (place, row) in broken.enumerated() { images[row] = stack[place] }
    }
    return statuses.indices.map { row in
      SampleOutcome(
        index: indices[row], status: statuses[row], prediction: predictions[row],
        distance: distances[row], gradient: GradientHealth(code: gradients[row]),
        image: images[row])
    }
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
