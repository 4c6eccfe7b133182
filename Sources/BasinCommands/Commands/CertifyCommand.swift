import ArgumentParser
import Evaluations
import Failures
import Foundation
import Reports
import Runs
import Settings
import StableDynamics

struct CertifyCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Compute radii within which no perturbation changes a prediction.",
    discussion: """
      paper: eq. (10), on an assumption that no model attains and that is printed with it; `basin \
      regions` measures how far a model is from it. For methods with Lyapunov functions.

      lipschitz: bounds of every part of the model, in exact arithmetic, without other assumptions \
      (float32 moves margins by about a millionth of the scores). The solver must have a fixed grid, as results jump where steps are chosen by their error: train with one, or certify \
      the model as it is with one.

      cells: the distance of h(0) to the boundary of its region of attraction, for methods that know \
      it exactly (certified-cell), under any later disturbance of the state that --state-disturbance \
      allows. An attack within each radius follows and has to fail: with --strict, one image that it \
      breaks ends the command with 2. --set precision=float64 certifies the model as float64 computes \
      it, where rounding costs nothing.

      invariance: the label's cone of states is never left, for methods that promise so (fi-ode), by \
      branch and bound over its boundary, --splits halvings an image. The attack follows here too.

      smoothing: the model under Gaussian noise (Cohen et al. 2019), 100 000 passes a sample; each \
      radius may be wrong with the probability --failure. It is about the smoothed model, and worth \
      something if training had such noise. Give --limit.

      Example: basin certify runs/first --certificate lipschitz \
      --set model.backbone.flow.solver=rk4
      """)

  @OptionGroup var model: SubjectOptions
  @OptionGroup var samples: SampleOptions

  @Option(
    help: .init(
      "paper, lipschitz, cells, invariance, smoothing, or all that the model has; by default all but smoothing.",
      valueName: "list"))
  var certificate: String?

  @Option(help: .init("Radii in the Euclidean norm of pixels.", valueName: "list"))
  var radii = "0,0.001,0.01,0.1"

  @Option(help: .init("Budgets in the L-inf norm of pixels.", valueName: "list"))
  var linfRadii: String?

  @Option(
    help: .init(
      "Of cells: a lasting disturbance of the state to withstand, its size over a unit of time.",
      valueName: "x"))
  var stateDisturbance: Double?

  @Option(
    help: .init(
      "Of cells and invariance: steps of the attack within the radii, which has to fail, by default "
        + "\(CertificationRequest.attackSteps); 0: none.", valueName: "n"))
  var attackSteps: Int?

  @Option(
    help: .init(
      "Of invariance: halvings of boxes of an image's states, by default "
        + "\(CertificationRequest.splits).", valueName: "n"))
  var splits: Int?

  @Flag(help: "Exit with 2 if the attack within the radii of cells or invariance breaks one.")
  var strict = false

  @Option(
    help: .init(
      "Deviation of smoothing's noise, of pixels in [0, 1], by default "
        + "\(CertificationRequest.deviation).", valueName: "x"))
  var sigma: Double?

  @Option(
    name: .customLong("samples"),
    help: .init(
      "Smoothing's draws a sample, by default \(CertificationRequest.draws).", valueName: "n"))
  var draws: Int?

  @Option(
    help: .init(
      "Probability that smoothing's answer for a sample is wrong, by default "
        + "\(CertificationRequest.failure).",
      valueName: "p"))
  var failure: Double?

  @Option(help: .init("Of every random draw.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: .init("Images at once.", valueName: "n"))
  var batchSize = 512

  @Option(help: .init("Where the JSON goes instead of the run's folder.", valueName: "file"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if model.external.model != nil, certificate != "smoothing" {
      throw ValidationError(
        "--model: expected --certificate smoothing, the only one that needs no parts of a model, found "
          + (certificate.map { "'\($0.echoed())'" } ?? "none"))
    }
    if model.external.model == nil, model.external.normalization != nil {
      throw ValidationError("--normalization goes with --model; a run knows its own")
    }
    try SettingRange.positive(upTo: 1e3).require("--sigma", sigma)
    try SettingRange.integers(1...100_000_000).require("--samples", draws)
    try SettingRange.innerShare.require("--failure", failure)
    try SettingRange.weight.require("--state-disturbance", stateDisturbance)
    try SettingRange.integers(0...100_000).require("--attack-steps", attackSteps)
    try SettingRange.integers(0...100_000).require("--splits", splits)
    try SettingRange.batchSize.require("--batch-size", batchSize)
  }

  var files: CommandFiles {
    CommandFiles(sources: model.sources + samples.sources)
      .writing(
        "--out", out ?? model.folder?.certification.relativePath, ownFile: "certification.json")
  }

  func check() throws { _ = try request() }

  private func request() throws -> CertificationRequest {
    var request = try CertificationRequest(
      certificates: certificate, radii: radii, cubeRadii: linfRadii, limit: samples.limit,
      batchSize: batchSize, deviation: sigma, draws: draws, failure: failure,
      disturbance: stateDisturbance, splits: splits, attackSteps: attackSteps, seed: seed)
    request.split = samples.split
    for (option, certificates) in particularOptions
    where !request.certificates.contains(where: certificates.contains) {
      throw ValidationError(
        "\(option): expected \(certificates.map(\.rawValue).joined(separator: " or ")) among the "
          + "certificates, found "
          + (certificate.map { "'\($0.echoed())'" } ?? "the default, all but smoothing"))
    }
    if strict, attackSteps == 0 {
      throw ValidationError(
        "--strict: expected an attack that could break a certificate, found --attack-steps 0")
    }
    return request
  }

  /// The options given that are of some certificates alone, with these.
  private var particularOptions: [(String, [CertificationRequest.Certificate])] {
    let given: [(String, Bool, [CertificationRequest.Certificate])] = [
      ("--state-disturbance", stateDisturbance != nil, [.cells]),
      ("--attack-steps", attackSteps != nil, [.cells, .invariance]),
      ("--splits", splits != nil, [.invariance]),
      ("--strict", strict, [.cells, .invariance]),
      ("--sigma", sigma != nil, [.smoothing]),
      ("--samples", draws != nil, [.smoothing]),
      ("--failure", failure != nil, [.smoothing]),
    ]
    return given.filter(\.1).map { ($0.0, $0.2) }
  }

  func run() throws {
    let request = try request()
    let run = try model.open(with: samples.data)
    let data = try samples.samples(of: run)
    var shown: (certificate: CertificationRequest.Certificate, progress: Progress)?
    let certification = try Certification.measure(run, on: data, request) {
      certificate, done, total in
      if shown?.certificate != certificate {
        shown?.progress.finish()
        shown = (certificate, Progress("certifying (\(certificate.rawValue))"))
      }
      shown?.progress.show(done, of: total)
    }
    shown?.progress.finish()
    if let file = out.map({ URL(fileURLWithPath: $0) }) ?? model.folder?.certification {
      try certification.write(to: file)
    }
    try output.show(certification, as: certification.parts)
    for (option, certificates) in particularOptions
    where !certificates.contains(where: certification.has) {
      StandardError.write(
        "warning: \(option) was of no use: \(run.path) has no certificate of that kind")
    }
    if strict, certification.attacks.contains(where: \.isBroken) {
      throw EndedWith(
        exitStatus: .flagged,
        message: "an attack broke a certified sample: the certificate is false")
    }
  }
}

extension Certification {
  fileprivate var parts: [OutputPart] {
    let tables =
      [
        shareTable, cubeShareTable, quantileTable, paper?.boundTable, lipschitz?.boundTable,
        cells?.boundTable, invariance?.boundTable,
      ] + attacks.map(\.breakTable)
    let notes = omissions.map { "No \($0.certificate.rawValue) radii: \($0.reason)" }
    return [.text(summary)]
      + (tables + [smoothing?.table]).compactMap { $0.map(OutputPart.table) }
      + notes.map(OutputPart.text)
  }
}
