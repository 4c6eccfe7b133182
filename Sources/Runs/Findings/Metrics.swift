import Failures
import Files
import Foundation

/// What `metrics.jsonl` says of a training.
public struct Metrics {
  /// One step.
  public struct Step: Decodable {
    /// Which step of the run this is, from 1.
    public let step: Int
    /// Which pass over the samples it belongs to, from 1.
    public let epoch: Int
    /// The loss, `total`, and its terms by name, on the step's batch before its update.
    public let terms: [String: Double?]
    /// The learning rate of this step, after schedule and warm-up.
    public let learningRate: Double
    /// Evaluations of the field by the solver, forward; 0 without dynamics.
    public let evaluations: Int
    /// What the step took, from the loss to the new weights; nil where the file does not say.
    public let seconds: Double?
  }

  /// The end of an epoch.
  public struct Mark: Decodable {
    /// Steps done by then.
    public let step: Int
    /// Passes over the samples done by then, this one included.
    public let epoch: Int?
    /// What the epoch took, measurements included; nil where the file does not say.
    public let seconds: Double?
    /// Share of correct predictions on training samples, in [0, 1]; nil if `accuracySamples` is 0.
    public let trainAccuracy: Double?
    /// The same on the samples held out, by which the best model is chosen; nil without any.
    public let validationAccuracy: Double?
  }

  /// Every step that is on the disk, in order.
  public private(set) var steps: [Step] = []
  /// The ends of epochs, in order; without the mark at the end of the run.
  public private(set) var epochs: [Mark] = []

  /// The longest file that is read: millions of steps.
  private static let mostBytes = 1 << 30

  /// Of a model whose training is not known.
  package init() {}

  /// Reads the file; one that is not there is that of a run without a step.
  ///
  /// - Throws: `Failure` that names the line, or what is there instead of a file.
  public init(contentsOf url: URL) throws {
    let content: [UInt8]
    do {
      content = try RegularFile.content(of: url.path, limit: Self.mostBytes)
    } catch  where error.kind == .missing {
      return
    } catch {
      throw error.restated(
        .malformed, at: url.relativePath, expected: "a file of at most \(Self.mostBytes) bytes",
        remedy: "Put back the file as the training left it.")
    }
    // Behind the last end of a line is what a stopped training, or a full disk, left half-written.
    let end = UInt8(ascii: "\n")
    let whole = content.lastIndex(of: end).map { content[...$0] } ?? []
    struct Kind: Decodable { let kind: String }
    let decoder = JSONDecoder()
    for (number, line) in whole.split(separator: end).enumerated() {
      let data = Data(line)
      do {
        switch try decoder.decode(Kind.self, from: data).kind {
        case "step": steps.append(try decoder.decode(Step.self, from: data))
        case "epoch": epochs.append(try decoder.decode(Mark.self, from: data))
        default: break
        }
      } catch {
        throw Failure(
          at: "\(url.relativePath):\(number + 1)", expected: "an object of a step or an epoch",
          found: String(decoding: line.prefix(60), as: UTF8.self),
          remedy: "Put back the file as the training left it.")
      }
    }
  }

  /// The median of the seconds that an epoch took; nil if none is done.
  public var secondsPerEpoch: Double? {
    let times = epochs.compactMap(\.seconds).sorted()
    return times.isEmpty ? nil : times[times.count / 2]
  }

  /// The mean evaluations of the field in a step; nil without a step or without dynamics.
  public var evaluationsPerStep: Double? {
    let counts = steps.map { Double($0.evaluations) }
    let mean = counts.reduce(0, +) / Double(max(counts.count, 1))
    return mean > 0 ? mean : nil
  }

  /// The names of the loss terms and diagnostics, the total first.
  public var termNames: [String] {
    let names = Set(steps.flatMap { $0.terms.keys })
    return (names.contains("total") ? ["total"] : []) + names.subtracting(["total"]).sorted()
  }

  /// A term over the steps.
  public func curve(_ name: String) -> [(x: Double, y: Double)] {
    steps.compactMap { step in
      step.terms[name].flatMap { $0 }.map { (Double(step.step), $0) }
    }
  }
}
