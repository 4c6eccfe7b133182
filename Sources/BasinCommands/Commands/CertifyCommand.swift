import ArgumentParser
import Datasets
import Experiments
import Foundation
import Reports
import Robustness

struct CertifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify", abstract: "Compute the certified radius of the paper's eq. (10).",
    discussion: """
      The radius holds on an assumption that no model attains and that is printed with it; \
      `basin regions` measures how far a model is from it.
      """)

  @OptionGroup var model: RunOptions
  @OptionGroup var samples: SampleOptions

  @Option(help: .init("Radii in the Euclidean norm of pixels.", valueName: "list"))
  var radii = "0,0.001,0.01,0.1"

  @Option(help: .init("Where the JSON goes too.", valueName: "file"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let radii = try Budget.list(radii, norm: .l2)
    let run = try model.open()
    let data = try samples.samples(of: run)
    let count = min(samples.limit ?? data.count, data.count)
    let progress = Progress("certifying", total: count)
    let certification = try Certification.measure(
      run, on: data, split: samples.split, radii: radii, limit: samples.limit
    ) { progress.show($0, of: count) }
    progress.finish()
    if let out { try certification.write(to: URL(fileURLWithPath: out)) }
    try output.show(certification, as: certification.parts)
  }
}

extension Certification {
  fileprivate var parts: [OutputPart] {
    [
      .text(
        """
        \(method) on \(data), \(split.rawValue) split, \(sampleCount) samples: certified radius, eq. (10)
        Assumption: \(assumption).
        """),
      .table(shareTable), .table(quantileTable), .table(boundTable),
    ]
  }
}
