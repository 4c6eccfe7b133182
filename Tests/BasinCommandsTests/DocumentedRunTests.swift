import Foundation
import NeuralNetworks
import Tensors
import Testing

@Suite("Commands of the documentation, made small")
struct DocumentedRunTests {
  /// What is put behind a command to make it a matter of moments, by how it begins; the first that
  /// fits counts. What takes another machine, another launcher or a network is not run here:
  /// `DocumentationTests` has the tool understand it.
  private static let reductions: KeyValuePairs<String, String?> = [
    "methods": "",
    "train --resume": "--threads 1",
    "train --method zubov-net --set training.sparsity.penalty=l1":
      "--epochs 2 --set training.sparsity.fineTuneEpochs=1 --set data.limit=64 --threads 1 "
      + "--out runs/sparse-from-scratch",
    "train --method certified-cell": "--epochs 1 --set data.limit=64 --threads 1",
    "train --method fi-ode": "--epochs 1 --set data.limit=64 --threads 1",
    "train --method zubov-net --data digits":
      "--epochs 1 --set data.limit=64 --threads 1 --out NEW",
    "train --method lenet":
      "--data digits --epochs 1 --set data.limit=64 --threads 1 --out runs/lenet",
    "evaluate runs/first --attacks none --corruptions paper":
      "--limit 1 --severities 3 --threads 1",
    "evaluate runs/first --data-root": nil,
    "evaluate runs/first --solver-tolerance": "--limit 1 --attacks none --threads 1",
    // These name data that are not here.
    "evaluate --model net.pt --data cifar10": nil,
    "certify --model net.pt --data cifar10": nil,
    "evaluate runs/first --verify": "--threads 1",
    "evaluate": "--limit 1 --corruptions none --threads 1",
    "regions": "--limit 1 --threads 1",
    "certify": "--limit 1 --threads 1",
    "predict": "--threads 1",
    "export": "--threads 1",
    "stabilize": "--threads 1 --out NEW",
    "report": "",
    "table": "--data digits --plan",
    "figure": "--data digits --plan",
    "theory states": "--limit 5 --horizon 1 --threads 1",
    "theory cells": "--states 30 --horizon 2",
    "theory separability": "--trials 5 --dimensions 2 --points 5",
    "roa": "--quadratic --grid 10 --threads 1",
    "sparse recover": "", "sparse path": "", "sparse diagnose": "",
    "sparse phase": "--rows 16 --columns 64 --sparsities 2 --matrices 1 --signals 1",
    "sparse noise": "--rows 16 --columns 64 --sparsity 2 --levels 20 --matrices 1 --signals 1",
    "sparse convergence": "--rows 16 --columns 64 --sparsity 2 --iterations 40",
    "sparse prune":
      "--epochs 1 --fine-tune-epochs 1 --limit 1 --attacks none --threads 1 --out NEW",
    "data list": "", "doctor": "",
  ]

  @Test("end well and print something")
  func run() throws {
    let folder = try workplace()
    var used: Set<String> = []
    var seen: Set<[String]> = []
    for command in try DocumentedCommand.all() where command.isInBlock {
      guard let arguments = command.basinArguments.map(DocumentationTests.filled),
        let (start, reduction) = Self.reductions.first(where: {
          "\(arguments.joined(separator: " ")) ".hasPrefix("\($0.key) ")
        })
      else { continue }
      used.insert(start)
      guard let reduction else { continue }
      let addition = reduction.replacing("NEW", with: "runs/new-\(seen.count)")
      let whole = arguments + addition.split(separator: " ").map(String.init)
      guard seen.insert(arguments).inserted else { continue }
      let outcome = try Tool.run(
        whole, in: folder, environment: ["BASIN_VEGA": folder.file("vega.js").path])
      // 2 is an audit's flag, which --strict asks for.
      #expect(
        outcome.status == 0 || outcome.status == 2 && whole.contains("--strict"),
        "\(command): \(outcome.error)")
      #expect(!outcome.output.isEmpty, "\(command)")
    }
    #expect(seen.count >= 30)
    let unused = Self.reductions.map(\.key).filter { !used.contains($0) }
    #expect(unused.isEmpty, "nothing in the documentation begins so")
  }

  /// What the commands name: runs, a problem of sparse recovery, images.
  private func workplace() throws -> Workplace {
    let folder = try Workplace()
    let runs = try TrainedRuns.shared.get().folder
    try FileManager.default.createDirectory(
      at: folder.file("runs"), withIntermediateDirectories: true)
    for name in ["first", "second", "a", "b", "dense", "zubov", "small"] {
      try FileManager.default.copyItem(
        at: runs.file("runs/zubov"), to: folder.file("runs/\(name)"))
    }
    try FileManager.default.copyItem(
      at: DocumentedCommand.root.appendingPathComponent("Examples"), to: folder.file("Examples"))
    try folder.write("window.vegaEmbed = null", to: "vega.js")
    try FileManager.default.copyItem(
      at: DocumentedCommand.root.appendingPathComponent("Tests/Golden/traced.pt"),
      to: folder.file("net.pt"))
    let generator = RandomGenerator(seed: 0)
    let matrix = generator.normal([6, 10], dtype: .float64)
    let signal = Tensor([0, 0, 3, 0, 0, 0, 0, -1.5, 0, 0])
    let measurements = matrix.matmul(signal.reshaped([10, 1])).reshaped([6])
    try SafeTensors(["matrix": matrix, "measurements": measurements])
      .write(to: folder.file("problem.safetensors").path)
    for (name, tensor, shape) in [("A", matrix, "6, 10"), ("b", measurements, "6,")] {
      try npy(tensor.doubles, shape: shape).write(to: folder.file("\(name).npy"))
      let width = tensor.rank == 2 ? 10 : 1
      let values = tensor.doubles
      let lines = stride(from: 0, to: values.count, by: width).map { start in
        values[start..<start + width].map { "\($0)" }.joined(separator: ",")
      }
      try folder.write(lines.joined(separator: "\n") + "\n", to: "\(name).csv")
    }
    try SafeTensors(["images": generator.uniform([3, 1, 8, 8])])
      .write(to: folder.file("images.safetensors").path)
    return folder
  }
}

/// A NumPy file of numbers in float64.
private func npy(_ values: [Double], shape: String) -> Data {
  let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(shape)), }\n"
  var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0])
  data.append(Data(header.utf8))
  values.withUnsafeBytes { data.append(contentsOf: $0) }
  return data
}
