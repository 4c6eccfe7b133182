import Datasets
import Failures
import Files
import Foundation
import NeuralNetworks
import Tensors

/// The version of Basin, as `basin --version` and every run name it.
public enum Basin {
  /// Major, minor and patch version, as in `CHANGELOG.md`.
  public static let version = "0.1.0"
}

/// What a run was made with: enough to repeat it, or to see why a repetition differs.
public struct Provenance: Codable, Hashable, Sendable {
  /// The version of the file's layout.
  public private(set) var schemaVersion = 1
  /// `Configuration.hash`: equal for equal experiments.
  public package(set) var configurationHash: String
  /// The seed of initial weights, order of samples and every draw, as configured.
  public let seed: UInt64
  /// The SHA-256 of each part of the data as it was learnt from, by its name.
  public let data: [String: String]
  /// Each start of the program on this run, the first one first.
  public package(set) var sessions: [Session]

  /// The longest file that is read: tens of thousands of sessions.
  private static let mostBytes = 16 << 20

  /// A start of the program.
  public struct Session: Codable, Hashable, Sendable {
    /// In ISO 8601, UTC.
    public let startedAt: String
    /// Steps that had been taken before.
    public let stepsBefore: Int
    /// `Basin.version` of the program.
    public let basin: String
    /// The version of libtorch, such as `2.9.1`, which kernels depend on.
    public let libtorch: String
    /// The release of Swift that compiled the program.
    public let swift: String
    /// The operating system with its version.
    public let system: String
    /// The model of the processor; `unknown` where the system does not say.
    public let processor: String
    /// Threads of one operation of libtorch.
    public let threads: Int
    /// Where tensors were: `cpu` or `cuda:N`.
    public let device: String
    /// Processes that shared the training; nil for one alone.
    public let processes: Int?

    /// This process, now.
    public init(stepsBefore: Int, device: Device, processes: Int? = nil) {
      startedAt = Date().formatted(.iso8601)
      self.stepsBefore = stepsBefore
      basin = Basin.version
      libtorch = Torch.version
      swift = Self.swiftVersion
      system = ProcessInfo.processInfo.operatingSystemVersionString
      processor = Self.processorName
      threads = Torch.threadCount
      self.device = "\(device)"
      self.processes = processes
    }

    private static var swiftVersion: String {
      #if swift(>=6.4)
        "6.4 or later"
      #elseif swift(>=6.3)
        "6.3"
      #else
        "6.2"
      #endif
    }

    private static var processorName: String {
      #if os(Linux)
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last
        return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
      #else
        var size = 0
        sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
        var name = [CChar](repeating: 0, count: max(size, 1))
        sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0)
        return String(cString: name)
      #endif
    }
  }

  /// Creates the provenance of a run that begins with a session.
  ///
  /// - Throws: what the encoding of the configuration throws.
  public init(configuration: Configuration, dataset: Dataset, session: Session) throws {
    configurationHash = try configuration.hash
    seed = configuration.seed
    data = Self.digests(of: dataset, as: configuration)
    sessions = [session]
  }

  private static func digests(
    of dataset: Dataset, as configuration: Configuration
  ) -> [String: String] {
    var digests = [
      "train": configuration.data.trainingPart(of: dataset).sha256(),
      "test": dataset.test.sha256(),
    ]
    digests["validation"] = dataset.validation?.sha256()
    return digests
  }

  /// The content of `provenance.json`.
  package var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  /// Reads `provenance.json`.
  ///
  /// - Throws: `Failure` if it is not there, too long or of another layout.
  public init(contentsOf url: URL) throws(Failure) {
    do {
      let content = try RegularFile.content(of: url.path, limit: Self.mostBytes)
      self = try JSONDecoder().decode(Provenance.self, from: Data(content))
    } catch {
      let failure = error as? Failure
      throw Failure(
        failure?.kind == .missing ? .missing : .malformed, at: url.relativePath,
        expected: "the provenance of a run", found: failure?.found ?? "something else",
        remedy: "Put back the file that `basin train` wrote.")
    }
  }

  /// The file as it stands; nil where there is none that can be read.
  package static func text(at url: URL) -> String? {
    (try? RegularFile.content(of: url.path, limit: mostBytes)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  package func write(to url: URL) throws {
    try AtomicFile.write(json, to: url.relativePath)
  }

  /// - Throws: `Failure` unless the data are those that the run began with.
  package func require(
    _ dataset: Dataset, of configuration: Configuration, at url: URL
  ) throws(Failure) {
    let found = Self.digests(of: dataset, as: configuration)
    for (part, digest) in data.sorted(by: { $0.key < $1.key }) where found[part] != digest {
      throw Failure(
        .malformed, at: url.relativePath,
        expected: "the \(part) part of \(configuration.data.name) with SHA-256 \(digest)",
        found: found[part] ?? "none",
        remedy: "Put back the data that the run began with, or start another run.")
    }
  }
}
