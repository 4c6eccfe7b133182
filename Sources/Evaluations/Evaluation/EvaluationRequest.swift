import Datasets
import Failures
import Files
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import StableDynamics
import Tensors

/// What is to be measured of a run, as the user wrote it.
package struct EvaluationRequest {
  package var split = DataSplit.test
  package var evaluation: RobustnessEvaluation
  /// Digests of what outcomes depend on beside the run and its data: pictures, other runs.
  private var sources: [String] = []

  /// Reads the names and numbers of a request.
  ///
  /// - Parameters:
  ///   - corruptions: names of corruptions and of lists of them (`all`, `none`, `paper`, `noise`),
  ///     separated by commas.
  ///   - frostPictures: a folder of JPEG and PNG files, for frost.
  ///   - severities: `all` or numbers from 1 to 5 separated by commas.
  ///   - attacks: names of attacks and of lists of them (`standard`, `quick`, `none` ...),
  ///     separated by commas.
  ///   - epsilons: budgets such as `8/255,0.1`.
  ///   - norm: in which budgets are meant.
  ///   - isCascade: whether attacks see only what those before them have left.
  ///   - limit: how many samples, from the first on; all where nil.
  /// - Throws: `Failure`.
  package init(
    corruptions: String = "all", frostPictures: String? = nil, severities: String = "all",
    attacks: String = "standard",
    epsilons: String = "8/255", norm: ThreatModel.Norm = .linf, isCascade: Bool = false,
    evaluationProtocol: EvaluationProtocol = .strict,
    limit: Int? = nil, batchSize: Int = 128, seed: UInt64 = 0
  ) throws(Failure) {
    evaluation = RobustnessEvaluation()
    evaluation.evaluationProtocol = evaluationProtocol
    try useCorruptions(named: corruptions, severities: severities, frostPictures: frostPictures)
    evaluation.attacks = try AttackCatalog.plans(named: attacks, for: evaluationProtocol)
    evaluation.threats = try Budget.list(epsilons, norm: norm).map {
      ThreatModel(norm, budget: $0)
    }
    evaluation.isCascade = isCascade
    evaluation.batchSize = batchSize
    evaluation.limit = limit
    evaluation.seed = seed
  }

  /// Replaces the corruptions; names and folder as in the initialiser.
  ///
  /// - Throws: `Failure`.
  package mutating func useCorruptions(
    named names: String, severities: String, frostPictures: String?
  ) throws(Failure) {
    let pictures = frostPictures.map { URL(fileURLWithPath: $0, isDirectory: true) }
    evaluation.corruptions = try CorruptionCatalog.corruptions(
      named: names, severities: Self.severities(severities), frostPictures: pictures)
    if let pictures { sources.append(Self.digest(ofFilesIn: pictures)) }
  }

  /// Adds attacks that are made on another run and tried on the one evaluated.
  ///
  /// - Throws: `Failure` if the two take other images or know other classes, or the weights
  ///   cannot be read.
  package mutating func addTransfer(from other: Run, to run: any EvaluationSubject) throws {
    guard other.input.shape == run.input.shape, other.input.classCount == run.input.classCount
    else {
      throw Failure(
        at: other.path,
        expected: "images of shape \(run.input.shape) and \(run.input.classCount) classes",
        found: "\(other.input.shape) and \(other.input.classCount)",
        remedy: "Name runs of the same data set.")
    }
    let model = other.model.trained()
    // The last decides as the model does and does not saturate.
    guard let scores = model.scoreFunctions.last else { return }
    let name = URL(fileURLWithPath: other.path).lastPathComponent
    evaluation.attacks.append(.transfer(from: name, scores: scores))
    try dependOn(other)
  }

  /// Which journal this request on a run has.
  ///
  /// - Parameter samples: those of the split.
  package func journalKey(
    of run: any EvaluationSubject, on samples: LabelledSamples
  ) throws -> EvaluationJournals.Key {
    let basis = [
      Basin.version, try run.configurationHash, try run.weightsDigest, samples.sha256(),
      evaluation.evaluationProtocol.rawValue, "\(evaluation.seed)", "\(evaluation.verifications)",
      "\(FixedBatch.rows) rows",
    ]
    let fingerprint = Self.digest(basis + sources)
    let asked =
      evaluation.corruptions.map { "\($0.name) \($0.severity)" }
      + evaluation.attacks.map(\.name) + evaluation.threats.map(\.description)
      + ["cascade \(evaluation.isCascade)", "limit \(evaluation.limit.map(String.init) ?? "")"]
      + (evaluation.attackPrecision == .full ? [] : ["search \(evaluation.attackPrecision)"])
    return EvaluationJournals.Key(
      fingerprint: fingerprint, request: Self.digest([fingerprint] + asked))
  }

  private static func digest(_ parts: [String]) -> String {
    SHA256.digest(of: Array(parts.joined(separator: "\n").utf8))
  }

  /// Notes that outcomes depend on another run: one with other weights is another request.
  package mutating func dependOn(_ other: Run) throws {
    sources += [try other.configuration.hash, try other.weightsDigest]
  }

  private static func digest(ofFilesIn folder: URL) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return digest(
      names.sorted().map { name in
        let content = try? Data(contentsOf: folder.appendingPathComponent(name))
        return "\(name) \(content.map { SHA256.digest(of: $0) } ?? "")"
      })
  }

  private static func severities(_ text: String) throws(Failure) -> [Severity] {
    let levels = Severity.all.map { "\($0.level)" }
    let names = try namesInList(text, of: "severities", known: levels, lists: ["all": levels])
    return try names.map { name throws(Failure) in try Severity(Int(name)!) }
  }
}
