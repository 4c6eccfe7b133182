import ArgumentParser
import Datasets
import Foundation
import Tensors

/// Makes training batches and does nothing with them, as peer/pipeline.py does with torchvision.
struct PipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Makes the batches of an epoch for each line of standard input; a line of JSON each.")

  /// What the device holds.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    /// Bytes, as the trainer has them.
    case bytes
    /// All images as float32.
    case floats
  }

  @Option(help: "bytes, or floats: what the device holds.") var form = Form.bytes
  @Option(help: "The data set.") var data = "cifar10"
  @Option(help: "The folder that holds data sets.") var dataRoot: String?
  @Option(help: "Names separated by commas, or none.") var augmentation = "crop,flip"
  @Option(help: "Images a batch.") var batch = 128
  @Option(help: "Threads of one operation.") var threads = 1
  @Option(help: "cpu, cuda or cuda:N.") var device = "cpu"

  func run() throws {
    Torch.threadCount = threads
    Torch.keepMemory()
    let device = try Device(named: device)
    let locations = DataLocations(dataRoot: dataRoot)
    let samples = try DatasetCatalog.load(data, options: LoadOptions(locations: locations)).train
    let names = augmentation.split(separator: ",").map(String.init).filter { $0 != "none" }
    let augmentations = try AugmentationCatalog.augmentations(
      named: names, for: samples.sampleShape)
    let source: any BatchSource
    switch form {
    case .bytes: source = TensorSamples(samples, device: device)
    case .floats: source = FloatSamples(samples, device: device)
    }
    try Line(bytes: source.byteCount, mean: source.mean, torch: Torch.version).print()

    var epoch = 0
    while readLine() != nil {
      let order = SeededPermutation(count: samples.count, seed: 0, epoch: epoch).indices
      var sum = 0.0
      let duration = ContinuousClock().measure {
        for indices in Batches(of: order, size: batch, dropsLast: true) {
          let draws = SampleDraws(seed: 0, epoch: epoch, indices: indices)
          let images = source.batch(draws, augmentedBy: augmentations).inputs
          // A number of each batch, so that the device has to be done with it.
          sum += images[0].reshaped([-1])[0].item
        }
      }
      let count = samples.count / batch * batch
      try Line(images: count, seconds: duration.seconds, checksum: sum).print()
      epoch += 1
    }
  }
}

/// The fields of the peer's lines.
private struct Line: Encodable {
  var bytes: Int?
  var mean: Double?
  var torch: String?
  var images: Int?
  var seconds: Double?
  var checksum: Double?

  func print() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
    fflush(nil)
  }
}

/// Samples on a device that give batches.
private protocol BatchSource {
  var byteCount: Int { get }
  func batch(
    _ draws: SampleDraws, augmentedBy augmentations: [any Augmentation]
  ) -> (inputs: Tensor, labels: Tensor)
}

extension BatchSource {
  /// The mean of the first thousand images, to compare what is read.
  var mean: Double {
    batch(SampleDraws(seed: 0, epoch: 0, indices: Array(0..<1000)), augmentedBy: [])
      .inputs.to(.float64).mean().item
  }
}

extension TensorSamples: BatchSource {}

/// What `TensorSamples` replaced: numbers on the device.
private struct FloatSamples: BatchSource {
  let inputs: Tensor
  let labels: Tensor

  init(_ samples: LabelledSamples, device: Device) {
    let all = samples.batch(0..<samples.count)
    inputs = all.inputs.to(device)
    labels = all.labels.to(device)
  }

  var byteCount: Int { inputs.count * inputs.dtype.size + labels.count * labels.dtype.size }

  func batch(
    _ draws: SampleDraws, augmentedBy augmentations: [any Augmentation]
  ) -> (inputs: Tensor, labels: Tensor) {
    let rows = Tensor(draws.indices.map(Int64.init), device: labels.device)
    let images = augmentations.reduce(inputs.selecting(rows)) { $1.augmented($0, draws: draws) }
    return (images, labels.selecting(rows))
  }
}
