import ArgumentParser
import Datasets
import Foundation
import Runs

/// Reads a data set into memory again and again, as peer/reading.py does with other readers.
struct ReadingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reading",
    abstract: "Times the reading of a data set and prints a line of JSON, as peer/reading.py does.")

  @Argument(help: "A data set, or folder:PATH.") var name: String
  @Option(help: "The folder that holds data sets.") var dataRoot: String?
  @Option(help: "Timed runs.") var runs = 5
  @Option(help: "Runs before those.") var warmUp = 1
  @Flag(help: "Digests of the training and the test part too.") var digests = false

  func run() throws {
    let options = LoadOptions(locations: DataLocations(dataRoot: dataRoot))
    var (seconds, cpu): ([Double], [Double]) = ([], [])
    var result = Result(name: name)
    for run in 0..<warmUp + runs {
      // Looking through the folder is part of the work.
      let (start, cpuStart) = (ContinuousClock.now, clock())
      let data = try DatasetCatalog.load(name, options: options)
      let elapsed = start.duration(to: .now).seconds
      let cpuElapsed = Double(clock() - cpuStart) / Double(CLOCKS_PER_SEC)
      if run >= warmUp {
        seconds.append(elapsed)
        cpu.append(cpuElapsed)
      }
      result.samples = data.train.count + data.test.count
      if digests, run == 0 { result.digests = [data.train.sha256(), data.test.sha256()] }
    }
    result.seconds = seconds
    result.cpu = cpu
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

/// The fields of the peer's line.
private struct Result: Encodable {
  let name: String
  var form = "basin"
  var samples = 0
  var seconds: [Double] = []
  /// Processor seconds of all threads.
  var cpu: [Double] = []
  var digests: [String] = []
}
