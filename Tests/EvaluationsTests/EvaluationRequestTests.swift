import Datasets
import Evaluations
import Foundation
import Methods
import Robustness
import Tensors
import TestSupport
import Testing

@testable import Runs

@Suite("Requests for evaluations")
struct EvaluationRequestTests {
  private let folder: TemporaryFolder
  private let run: Run

  /// A model of points with a file for its weights.
  init() throws {
    folder = try TemporaryFolder()
    let configuration = try Configuration.resolved(
      ["method=neural-ode", "data.name=toy-2d"].flatMap { try ConfigurationOverride.setting($0) })
    let card = try configuration.data.card
    run = Run(
      try configuration.freshModel(for: card.modelInput, on: .cpu),
      path: try folder.write("weights", to: "model").path, configuration: configuration,
      classNames: card.classNames, input: card.modelInput, device: .cpu)
  }

  private func key(
    _ request: EvaluationRequest, labels: [Int] = [0, 1]
  ) throws -> EvaluationJournals.Key {
    try request.journalKey(
      of: run,
      on: LabelledSamples(
        samples: Samples(values: [0, 1, 2, 3], shape: [2]), labels: labels, classNames: ["a", "b"],
        location: "points"))
  }

  private func request(
    attacks: String = "fgsm", epsilons: String = "0.1", isCascade: Bool = false, limit: Int? = nil,
    seed: UInt64 = 0, precision: AttackPrecision = .full
  ) throws -> EvaluationRequest {
    var request = try EvaluationRequest(
      corruptions: "none", attacks: attacks, epsilons: epsilons, isCascade: isCascade, limit: limit,
      seed: seed)
    request.evaluation.attackPrecision = precision
    return request
  }

  @Test("What is asked for has a journal of its own, and reads those on the same weights and data")
  func asked() throws {
    let first = try key(request())
    #expect(try key(request()) == first)
    let others = try [
      key(request(attacks: "pgd")), key(request(epsilons: "0.2")), key(request(isCascade: true)),
      key(request(limit: 1)), key(request(precision: .mixed)),
    ]
    #expect(Set(others.map(\.name) + [first.name]).count == others.count + 1)
    #expect(others.allSatisfy { $0.fingerprint == first.fingerprint })
  }

  @Test("Outcomes of other weights, data or seeds are not read") func strangers() throws {
    let first = try key(request())
    var others = try [key(request(seed: 1)), key(request(), labels: [1, 0])]
    _ = try folder.write("other weights", to: "model")
    others.append(try key(request()))
    #expect(Set(others.map(\.fingerprint) + [first.fingerprint]).count == 4)
  }
}
