import ArgumentParser
import Datasets
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import StableDynamics
import Tensors

/// Attacks a trained model, as peer/attacks.py does with torchattacks and AutoAttack.
struct AttacksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attacks",
    abstract: "Attacks a trained model and prints a line of JSON for each attack.",
    discussion: "Attacks: \(PeerAttack.allCases.map(\.rawValue).joined(separator: ", ")).")

  @Argument(help: "The folder of a run.") var folder: String
  @Option(help: "Attacks, separated by commas; one a line on standard input where omitted.")
  var attacks: String?
  @Option(help: "The budget in L-inf.") var epsilon = "8/255"
  @Option(help: "The first so many test samples.") var limit = 1000
  @Option(help: "Samples at once.") var batch = 128
  @Option(help: "Threads of one operation.") var threads = 1
  @Option(help: "float32 or float64.") var precision = "float32"
  @Option(help: "KEY=VALUE of the run's configuration.") var set: [String] = []
  @Option(help: "The folder that holds data sets.") var dataRoot: String?
  @Option(help: "Where images go: in.images, in.labels, NAME.images, NAME.correct.")
  var out: String?

  func run() throws {
    Torch.threadCount = threads
    Torch.keepMemory()
    let run = try Run.open(
      folder,
      overrides: (set + ["precision=\(precision)"]).flatMap {
        try ConfigurationOverride.setting($0)
      }, device: "cpu")
    let test = try run.configuration.data.load(DataLocations(dataRoot: dataRoot)).test
    let samples = test.prefix(limit)
    let data = try LabelledImages(
      images: samples.batch(0..<samples.count).inputs.to(run.configuration.precision.dtype),
      labels: samples.labels, classCount: run.input.classCount)
    let target = AttackTarget(
      run.model.trained(), samples: data,
      threat: ThreatModel(budget: try Budget(epsilon)), batch: batch)

    let clean = try target.correct(target.samples.images)
    var tensors = [
      "in.images": target.samples.images, "in.labels": target.samples.labels,
      "clean.correct": clean,
    ]
    try Line(attack: "clean", accuracy: clean.share, torch: Torch.version).print()
    var given = attacks?.split(separator: ",").map(String.init)[...]
    while let name = given == nil ? readLine() : given!.popFirst() {
      guard let attack = PeerAttack(rawValue: name) else {
        throw ValidationError("no attack '\(name)'")
      }
      let timer = Timer()
      let images = try attack.images(target)
      let (seconds, cpu) = timer.seconds
      let correct = try clean .& target.correct(images)
      tensors["\(name).images"] = images
      tensors["\(name).correct"] = correct
      try Line(attack: name, accuracy: correct.share, seconds: seconds, cpu: cpu).print()
    }
    if let out { try SafeTensors(tensors).write(to: out) }
  }
}

/// The fields of the peer's lines.
private struct Line: Encodable {
  let attack: String
  let accuracy: Double
  var seconds: Double?
  /// Processor time.
  var cpu: Double?
  var torch: String?

  func print() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
    fflush(nil)
  }
}

/// Time and processor time of this process from here on.
struct Timer {
  private let start = ContinuousClock.now
  private let cpu = clock()

  var seconds: (wall: Double, cpu: Double) {
    ((ContinuousClock.now - start).seconds, Double(clock() - cpu) / 1e6)
  }
}

/// Whom to attack, and how far.
struct AttackTarget {
  let classifier: any Classifier
  let samples: LabelledImages
  let threat: ThreatModel
  let batch: Int

  init(_ classifier: any Classifier, samples: LabelledImages, threat: ThreatModel, batch: Int) {
    self.classifier = classifier
    self.samples = samples
    self.threat = threat
    self.batch = batch
  }

  /// Whether each image is classified as its label, [N] (bool).
  func correct(_ images: Tensor) throws -> Tensor {
    let predictions = try batches.map { range in
      try withoutGradients { try classifier.predictions(images.sliced(range)) }
    }
    return Tensor.concatenated(predictions) .== samples.labels
  }

  /// What one attempt makes of every sample, classified correctly or not.
  func perturbed(by attack: any Attack) throws -> Tensor {
    Tensor.concatenated(
      try batches.map { range in
        let problem = AttackProblem(
          samples.subset(Array(range)), scores: classifier.scoreFunctions[0], threat: threat)
        return try attack.perturb(problem).images.detached
      })
  }

  /// What an evaluation finds with all attempts of all stages; the clean image where nothing.
  func broken(by plan: AttackPlan) throws -> Tensor {
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [plan]
    evaluation.threats = [threat]
    evaluation.batchSize = batch
    let found = try evaluation.run(classifier, on: samples).examples[0]
    guard let images = found.images else { return samples.images }
    let positions = Dictionary(
      uniqueKeysWithValues: zip(samples.indices, samples.indices.indices))
    let rows = found.entries.map { Int64(positions[$0.sample.index]!) }
    return samples.images.replacing(at: Tensor(rows), with: images)
  }

  private var batches: [Range<Int>] {
    stride(from: 0, to: samples.count, by: batch).map { $0..<min($0 + batch, samples.count) }
  }
}

extension Tensor {
  /// The share of ones of a mask.
  fileprivate var share: Double { to(.float64).mean().item }
}
