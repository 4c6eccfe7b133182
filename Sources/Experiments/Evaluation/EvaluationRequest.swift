import Datasets
import Foundation
import NeuralNetworks
import Robustness
import StableDynamics

/// What is to be measured of a run, as the user wrote it.
public struct EvaluationRequest {
  public var split = DataSplit.test
  public var evaluation: RobustnessEvaluation

  /// Reads the names and numbers of a request.
  ///
  /// - Parameters:
  ///   - corruptions: `all`, `none` or names separated by commas.
  ///   - frostPictures: a folder of JPEG files, for frost.
  ///   - severities: `all` or numbers from 1 to 5 separated by commas.
  ///   - attacks: `standard`, `adaptive`, `none` or names separated by commas.
  ///   - epsilons: budgets such as `8/255,0.1`.
  ///   - norm: in which budgets are meant.
  ///   - isCascade: whether attacks see only what those before them have left.
  ///   - limit: how many samples, from the first on; all where nil.
  /// - Throws: `RobustnessError`.
  public init(
    corruptions: String = "all", frostPictures: String? = nil, severities: String = "all",
    attacks: String = "standard",
    epsilons: String = "8/255", norm: ThreatModel.Norm = .linf, isCascade: Bool = false,
    evaluationProtocol: EvaluationProtocol = .strict,
    limit: Int? = nil, batchSize: Int = 128, seed: UInt64 = 0
  ) throws(RobustnessError) {
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
  /// - Throws: `RobustnessError`.
  public mutating func useCorruptions(
    named names: String, severities: String, frostPictures: String?
  ) throws(RobustnessError) {
    evaluation.corruptions = try CorruptionCatalog.corruptions(
      named: names, severities: Self.severities(severities),
      frostPictures: frostPictures.map { URL(fileURLWithPath: $0, isDirectory: true) })
  }

  /// Adds attacks that are made on another run and tried on the one evaluated.
  ///
  /// - Throws: `InputError` if the two take other images or know other classes.
  public mutating func addTransfer(from other: Run, to run: Run) throws(InputError) {
    guard other.input.shape == run.input.shape, other.input.classCount == run.input.classCount
    else {
      throw InputError(
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
  }

  /// The journal of this request on a run.
  ///
  /// - Parameters:
  ///   - url: its folder; what it holds of other weights, data or seeds is removed.
  ///   - samples: those of the split.
  ///   - writer: sets the files of this process apart from those of others.
  public func journal(
    at url: URL, of run: Run, on samples: LabelledSamples, writer: String = "process"
  ) throws -> JournalFolder {
    let weights = try Data(contentsOf: run.folder?.model ?? URL(fileURLWithPath: run.path))
    let parts = [
      Basin.version, try run.configuration.hash, SHA256.digest(of: weights), samples.sha256(),
      evaluation.evaluationProtocol.rawValue, "\(evaluation.seed)", "\(evaluation.verifications)",
    ]
    return JournalFolder(
      at: url, fingerprint: SHA256.digest(of: Array(parts.joined(separator: "\n").utf8)),
      writer: writer)
  }

  private static func severities(_ text: String) throws(RobustnessError) -> [Severity] {
    if text == "all" { return Severity.all }
    var severities: [Severity] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let level = Int(part) else {
        throw RobustnessError(
          .invalidOption, at: "severities", expected: "all, or numbers from 1 to 5",
          found: "'\(text)'", remedy: "Separate numbers by commas, as in 1,3,5.")
      }
      let severity = try Severity(level)
      if !severities.contains(severity) { severities.append(severity) }
    }
    return severities
  }
}
