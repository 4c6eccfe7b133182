import Datasets
import Failures
import Methods
import Reports
import Robustness
import Runs
import Tensors

/// Adversarial examples checked afresh, whoever made them.
package struct Verification: Finding, Sendable {
  /// What became of the examples of one attack under one threat model.
  package struct Row: Codable, Sendable {
    package let attack: String
    package let threat: ThreatModel
    package let count: Int
    /// Allowed images that the model gets wrong.
    package let broken: Int
    /// Broken, but by another prediction than the file says.
    package let otherPrediction: Int
    /// Allowed images that the model gets right.
    package let correct: Int
    /// Images that the threat model does not allow, or whose original has another label.
    package let infeasible: Int
  }

  package private(set) var schemaVersion = Verification.currentSchemaVersion
  package let file: String
  package let configurationHash: String
  /// Whether the file says that it was made of this model's configuration.
  package let isOfThisModel: Bool
  package let rows: [Row]

  /// Whether every example is allowed and breaks the model.
  package var holds: Bool { rows.allSatisfy { $0.broken == $0.count } }

  /// Checks a file against a run, or a model of another program's.
  ///
  /// - Parameter samples: the split that the file names.
  /// - Throws: `Failure` if its images or labels are not those of the samples.
  package static func of(
    _ set: AdversarialSet, at path: String, run: any EvaluationSubject, samples: LabelledSamples,
    batchSize: Int = 256
  ) throws -> Verification {
    guard set.images.shape.dropFirst() == samples.sampleShape[...] else {
      throw Failure(
        at: path, expected: "images of shape \(samples.sampleShape)",
        found: "\(Array(set.images.shape.dropFirst()))", remedy: "Give the run that it was made of."
      )
    }
    if let odd = set.examples.first(where: {
      $0.index >= samples.count || samples.labels[$0.index] != $0.label
    }) {
      throw Failure(
        at: path, expected: "indices and labels of \(run.dataName)",
        found: "sample \(odd.index) with label \(odd.label)",
        remedy: "Give the run that it was made of, and the same data.")
    }
    let classifier = run.classifier()
    var rows: [Row] = []
    for threat in set.threats {
      let verifier = ExampleVerifier(
        classifier, threat: threat, evaluationProtocol: set.evaluationProtocol)
      let attacks = Set(set.examples.filter { $0.threat == threat }.map(\.attack)).sorted()
      for attack in attacks {
        let places = set.examples.indices.filter {
          set.examples[$0].threat == threat && set.examples[$0].attack == attack
        }
        var verdicts: [ExampleVerifier.Verdict] = []
        for start in stride(from: 0, to: places.count, by: batchSize) {
          let batch = Array(places[start..<min(start + batchSize, places.count)])
          let positions = batch.map { set.examples[$0].index }
          let originals = try LabelledImages(
            images: run.tensor(of: samples, at: positions),
            labels: positions.map { samples.labels[$0] }, indices: positions,
            classCount: run.input.classCount)
          let images = set.images.selecting(Tensor(batch.map(Int64.init))).like(originals.images)
          verdicts += try verifier.verdicts(on: images, originals: originals)
        }
        rows.append(
          Row(attack, threat, verdicts, expected: places.map { set.examples[$0].prediction }))
      }
    }
    let hash = try run.configurationHash
    return Verification(
      file: path, configurationHash: hash, isOfThisModel: hash == set.configurationHash, rows: rows)
  }

  /// The rows for people.
  package var table: Table {
    Table(
      caption: "Adversarial examples, checked afresh",
      columns: [
        .init("attack"), .number("budget"), .number("examples"), .number("still break"),
        .number("otherwise"), .number("do not"), .number("not allowed"),
      ],
      rows: rows.map { row in
        [.init(row.attack), .init("\(row.threat)")]
          + [row.count, row.broken, row.otherPrediction, row.correct, row.infeasible]
          .map { Table.Cell("\($0)") }
      })
  }
}

extension Verification.Row {
  fileprivate init(
    _ attack: String, _ threat: ThreatModel, _ verdicts: [ExampleVerifier.Verdict], expected: [Int]
  ) {
    var (broken, other, correct, infeasible) = (0, 0, 0, 0)
    for (verdict, expected) in zip(verdicts, expected) {
      switch verdict {
      case .broken(let prediction, _):
        broken += 1
        if prediction != expected { other += 1 }
      case .correct: correct += 1
      case .infeasible: infeasible += 1
      }
    }
    self.init(
      attack: attack, threat: threat, count: verdicts.count, broken: broken, otherPrediction: other,
      correct: correct, infeasible: infeasible)
  }
}
