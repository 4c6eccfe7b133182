import ArgumentParser
import Foundation
import Methods
import NeuralNetworks
import Tensors

/// What each method costs beside the plain Neural ODE, as in the paper's Table IV: a training step
/// and inference at ResNet-18 size, the methods taking turns in one process.
struct FamilyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "family",
    abstract: "Times a step and inference of every method, as ratios to the Neural ODE's.")

  @Option(help: "Methods, separated by commas.")
  var methods = "neural-ode,resnet18,proj-node,zubov-net"
  @Option(help: "Images a step.") var batch = 128
  @Option(help: "Threads of one operation.") var threads = 2
  @Option(help: "Rounds; in each, every method takes a turn.") var rounds = 7
  @Option(help: "small, or paper for ResNet-18.") var scale = "paper"
  @Option(help: "Rows and columns of an image; 8 grey ones are the digits.") var size = 32

  func run() throws {
    Torch.threadCount = threads
    Torch.keepMemory()
    let names = methods.split(separator: ",").map(String.init)
    let contenders = try names.map(contender)
    for contender in contenders {
      try contender.step()
      try contender.infer()
    }
    var times = [[(step: Double, inference: Double)]](repeating: [], count: names.count)
    let clock = ContinuousClock()
    for _ in 0..<rounds {
      for (index, contender) in contenders.enumerated() {
        times[index].append(
          (
            try clock.measure(contender.step).seconds, try clock.measure(contender.infer).seconds
          ))
      }
    }
    print("| method | step ms | x neural-ode | inference ms | x neural-ode | parameters |")
    print("|---|--:|--:|--:|--:|--:|")
    let reference = names.firstIndex(of: "neural-ode") ?? 0
    for (index, name) in names.enumerated() {
      // Ratios within a round, so that the machine's drift meets both.
      func ratio(_ part: KeyPath<(step: Double, inference: Double), Double>) -> Double {
        zip(times[index], times[reference]).map { $0[keyPath: part] / $1[keyPath: part] }.median
      }
      print(
        String(
          format: "| %@ | %.1f | %.3f | %.1f | %.3f | %d |", name,
          1e3 * times[index].map(\.step).median, ratio(\.step),
          1e3 * times[index].map(\.inference).median, ratio(\.inference),
          contenders[index].parameterCount))
    }
  }

  private func contender(_ name: String) throws -> Contender {
    guard let method = MethodCatalog.method(named: name), let scale = ModelScale(rawValue: scale)
    else { throw ValidationError("no method '\(name)' or scale '\(scale)'") }
    func build<M: Methods.Method>(_ method: M.Type) throws -> any TrainableClassifier {
      let input = ModelInput(
        shape: [size == 8 ? 1 : 3, size, size], classCount: 10, scale: scale)
      return try M.build(
        M.defaults(for: input), input: input, generator: RandomGenerator(seed: 0),
        dtype: .float32, device: .cpu)
    }
    let model = try build(method)
    let images = RandomGenerator(seed: 1).uniform([batch, size == 8 ? 1 : 3, size, size])
    return Contender(model, images: images)
  }
}

/// A model that does the same step again and again.
private struct Contender {
  let step: () throws -> Void
  let infer: () throws -> Void
  let parameterCount: Int

  init(_ model: any TrainableClassifier, images: Tensor) {
    let labels = Tensor((0..<images.shape[0]).map { Int64($0 % 10) })
    let optimizer = Adam(model.state, learningRate: 0)
    let trained = model.trained()
    parameterCount = model.parameterCount
    step = {
      let objective = try model.objective(
        images: images, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: 0))
      optimizer.step(gradients: gradient(of: objective.total, wrt: model.parameters))
      model.restoreConstraints()
      _ = objective.total.item
    }
    infer = { _ = try withoutGradients { try trained.predictions(images) }.integers }
  }
}
