import ArgumentParser
import Datasets
import NeuralNetworks
import Tensors

/// Hands over the samples of a data set, for a peer that is trained on the same.
struct SamplesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samples",
    abstract: "Writes the training and test samples of a data set as safetensors.",
    discussion: "Images in [0, 1] as float32: train.images, train.labels, test.images, test.labels."
  )

  @Argument(help: "The data set.") var data: String
  @Option(help: "The folder that holds data sets.") var dataRoot: String?
  @Option(help: "The first so many training samples; 0: all.") var limit = 0
  @Option(help: "The first so many test samples; 0: all.") var testLimit = 0
  @Option(help: "The file to write.") var out: String

  func run() throws {
    let options = LoadOptions(locations: DataLocations(dataRoot: dataRoot))
    let set = try DatasetCatalog.load(data, options: options)
    var tensors: [String: Tensor] = [:]
    for (name, samples, limit) in [("train", set.train, limit), ("test", set.test, testLimit)] {
      let count = limit == 0 ? samples.count : min(limit, samples.count)
      let (images, labels) = samples.batch(0..<count)
      tensors["\(name).images"] = images
      tensors["\(name).labels"] = labels
    }
    try SafeTensors(tensors).write(to: out)
  }
}
