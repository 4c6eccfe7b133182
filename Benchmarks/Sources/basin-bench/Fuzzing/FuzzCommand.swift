import ArgumentParser
import Datasets
import Foundation
import StableDynamics
import Tensors

/// Gives damaged input to a reader, a million times: it has to read it or to throw.
///
/// Input number i depends on the seed and i only, so a crash is repeated by `--first i --count 1`; the
/// number is in the file of `--trace`, if one was named. An input that takes more than 20 seconds ends
/// the process by SIGALRM.
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Gives damaged input to a reader.",
    discussion: "Readers: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).")

  @Argument(help: "The reader.") var target: FuzzTarget
  @Option(help: "Inputs.") var count = 1_000_000
  @Option(help: "The number of the first one.") var first = 0
  @Option(help: "The seed of the damage.") var seed: UInt64 = 0
  @Option(help: "A file that holds the number of the input under way.") var trace: String?

  func run() throws {
    let seeds = try target.inputs
    for input in seeds {
      guard target.read(input).isAccepted else {
        throw ValidationError("\(target.rawValue): an undamaged input is refused")
      }
    }
    let trace = try trace.map { try Trace($0) }
    var result = Result(reader: target.rawValue, seed: seed, inputs: count)
    let start = ContinuousClock.now
    for index in first..<first + count {
      // Armed again now and then only; an input in a hurry shares its time with a few others.
      if index.isMultiple(of: 64) { alarm(20) }
      trace?.write(index)
      var generator = SplitMix64(seed: seed, stream: target.rawValue, index: index)
      let input = Mutation.mutated(seeds, using: &generator)
      let begin = ContinuousClock.now
      if target.read(input).isAccepted { result.accepted += 1 } else { result.refused += 1 }
      result.slowest = max(result.slowest, begin.duration(to: .now).seconds)
    }
    alarm(0)
    result.seconds = start.duration(to: .now).seconds
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF, which systems give different types
    #if canImport(Darwin)
      result.peakMegabytes = Int(usage.ru_maxrss) >> 20
    #else
      result.peakMegabytes = Int(usage.ru_maxrss) >> 10
    #endif
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

private struct Result: Encodable {
  let reader: String
  let seed: UInt64
  let inputs: Int
  var accepted = 0
  var refused = 0
  var seconds = 0.0
  /// Seconds of the slowest input.
  var slowest = 0.0
  var peakMegabytes = 0
}

/// A number in a file, there even if the process ends at once.
private final class Trace {
  private let file: Int32

  init(_ path: String) throws {
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw ValidationError("--trace: cannot write \(path)") }
  }

  deinit { close(file) }

  func write(_ number: Int) {
    var digits = Array("\(number)\n".utf8)
    _ = pwrite(file, &digits, digits.count, 0)
  }
}
