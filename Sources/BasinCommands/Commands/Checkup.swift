import Datasets
import Distributed
import Evaluations
import Foundation
import Runs
import Tensors
import Training

/// What `basin doctor` prints.
struct Checkup: Finding {
  struct Item: Codable {
    let name: String
    let finding: String
    let isFine: Bool
  }

  private(set) var schemaVersion = Checkup.currentSchemaVersion
  let items: [Item]
  /// What has to be mended, with the remedy.
  let problems: [String]

  init(_ locations: DataLocations) {
    let session = Provenance.Session(stepsBefore: 0, device: .cpu)
    var items = [
      Item(name: "basin", finding: Basin.version, isFine: true),
      Item(name: "libtorch", finding: session.libtorch, isFine: true),
      Item(name: "swift", finding: session.swift, isFine: true),
      Item(name: "system", finding: session.system, isFine: true),
      Item(
        name: "processor", finding: "\(session.processor), \(session.threads) threads",
        isFine: true),
      Self.mixedPrecision, Self.memory, Self.cuda, Self.processes,
    ]
    items += DatasetList(locations).datasets.map {
      Item(name: "data \($0.name)", finding: $0.place, isFine: $0.isAvailable)
    }
    var problems: [String] = []
    do {
      items.append(
        Item(name: "charts", finding: try VegaBundle.locate().path, isFine: true))
    } catch {
      items.append(Item(name: "charts", finding: "no Vega bundle", isFine: false))
      problems.append("\(error)")
    }
    let folder = RunStorage()
    items.append(Item(name: "runs", finding: folder.finding, isFine: folder.problem == nil))
    problems += folder.problem.map { [$0] } ?? []
    self.items = items
    self.problems = problems
  }

  /// What the system can still give, and how much of it a training takes at most by itself.
  private static var memory: Item {
    guard let bytes = Torch.availableMemory else {
      return Item(name: "memory", finding: "the system does not tell", isFine: true)
    }
    let free = Double(bytes) / Double(1 << 30)
    return Item(
      name: "memory",
      finding: String(
        format: "%.1f GiB free; training takes %.1f GiB at most unless training.memory says more",
        free, StepMemory.share * free),
      isFine: true)
  }

  /// Mixed precision is a choice: that it would be slow is nothing to mend.
  private static var mixedPrecision: Item {
    let finding =
      switch Torch.bfloat16Units {
      case .none: "slower than float32: the processor has no instructions for bfloat16"
      case .vectors: "available (the processor multiplies vectors of bfloat16)"
      case .matrices: "available (the processor multiplies matrices of bfloat16)"
      }
    return Item(name: "training.precision=mixed", finding: finding, isFine: true)
  }

  /// CUDA is a choice: that it is absent is nothing to mend.
  private static var cuda: Item {
    do {
      let device = try Device(named: "cuda")
      return Item(name: "cuda", finding: "available (\(device))", isFine: true)
    } catch {
      guard case DeviceError.cudaUnavailable(let reason) = error else {
        return Item(name: "cuda", finding: "\(error)", isFine: false)
      }
      return Item(name: "cuda", finding: "not available (\(reason))", isFine: false)
    }
  }

  /// So are several processes. NCCL answers once a CUDA device was asked for.
  private static var processes: Item {
    let backends = ProcessGroup.hasNCCL ? "Gloo, NCCL for CUDA" : "Gloo"
    return Item(
      name: "several processes",
      finding: ProcessGroup.isAvailable
        ? "available (\(backends))" : "not available (built without Gloo's headers, libgloo-dev)",
      isFine: ProcessGroup.isAvailable)
  }

  var text: String {
    items.map { "\($0.isFine ? "ok" : "--")  \($0.name): \($0.finding)" }.joined(separator: "\n")
  }
}

/// Whether runs can be written here.
private struct RunStorage {
  let finding: String
  let problem: String?

  init() {
    let files = FileManager.default
    let folder = files.fileExists(atPath: "runs") ? "runs" : "."
    guard files.isWritableFile(atPath: folder) else {
      finding = "\(folder)/ cannot be written to"
      problem =
        "\(folder)/: expected a folder that can be written to, found one that cannot. "
        + "Work in another folder, or train with --out."
      return
    }
    let bytes = try? files.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? NSNumber
    let free = (bytes?.doubleValue ?? .infinity) / 1e9
    finding = String(format: "writable, %.1f GB free", free)
    problem =
      free < 0.5
      ? "\(folder)/: expected 0.5 GB of free space, found \(String(format: "%.2f GB", free)). "
        + "Make room." : nil
  }
}
