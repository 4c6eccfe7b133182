import CTorchScript
import Failures
import NeuralNetworks
import Tensors

/// A classifier in a TorchScript file of another program's, with what it expects of pixels: images in
/// [0, 1] to logits, differentiable, so that everything that knows a `Classifier` works on it.
public struct TorchScriptClassifier: ModalClassifier {
  /// The length of a row of logits, as the model answered when it was tried.
  public let classCount: Int
  /// Elements of all parameters of the module; of its buffers, where it has no parameters (a frozen one).
  public let parameterCount: Int
  public let wasInTraining: Bool
  /// The element type that the model computes in.
  public let dtype: DType
  private let module: TorchScriptModule
  private let preparation: InputPreparation
  private let path: String

  /// Loads a model and tries it on some images.
  ///
  /// - Parameters:
  ///   - bytes: the content of the file.
  ///   - path: its name, for messages.
  ///   - preparation: what the model expects of pixels.
  ///   - images: [N, ...] in [0, 1], such as the model is to classify; some of them suffice.
  /// - Throws: `Failure` unless the model answers images, one or many at once, with one row of
  ///   finite logits each, of at least two classes, that can be differentiated.
  public init(
    bytes: [UInt8], path: String, preparation: InputPreparation, trying images: Tensor,
    device: Device
  ) throws {
    let module = try TorchScriptModule(bytes: bytes, path: path, device: device)
    func failure(_ expected: String, _ found: String, _ remedy: String) -> Failure {
      Failure(.unsuitable, at: path, expected: expected, found: found, remedy: remedy)
    }
    guard module.inputCount == 1 else {
      throw failure(
        "a method forward of one input, the images",
        module.inputCount.map { "one of \($0)" } ?? "none",
        "Trace a small module around the model that takes images alone.")
    }
    let channels = images.shape[1]
    if let given = preparation.normalization?.mean.count, given != channels {
      throw failure(
        "means and deviations of \(channels) channel\(channels == 1 ? "" : "s")", "\(given)",
        "Give --normalization one mean and one deviation for each channel of the data.")
    }
    self.module = module
    self.path = path
    self.preparation = preparation
    parameterCount = module.parameterCount
    wasInTraining = module.wasInTraining
    dtype = try Self.dtype(of: module, path: path)
    let probe = images.sliced(0..<min(images.shape[0], 64)).to(dtype).to(device)
    classCount = try Self.classCount(of: module, path: path, on: preparation(probe))
    try requireUsableLogits(of: probe)
    if device == .cpu { adoptQuickForms(trying: probe) }
  }

  public func logits(_ images: Tensor) throws -> Tensor { try module(prepared(images)) }

  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    try module(prepared(images), training: true)
  }

  /// Whether the model is evaluated with channels innermost in memory.
  var isChannelsLast: Bool { module.isChannelsLast }
  /// How many convolutions are evaluated in one step with their ReLU; nil for the program as it is.
  var fusedSteps: Int? { module.fusedSteps }

  /// Images as the model wants them, in the layout of its weights.
  private func prepared(_ images: Tensor) -> Tensor {
    let prepared = preparation(images)
    return isChannelsLast ? prepared.contiguous(channelsLast: true) : prepared
  }

  /// Takes quicker forms of the model, channels innermost in memory and fused steps, each if the model
  /// answers some images and their gradients alike in it. A program that reads memory in an order of its
  /// own does not, nor one that draws at random.
  private func adoptQuickForms(trying images: Tensor) {
    func answers() -> [Tensor]? {
      let leaf = images.differentiable()
      func scores() -> Tensor? { try? withGradients { try logits(leaf) } }
      guard let tried = scores(), cs_differentiates(tried.handle, leaf.handle) == 1,
        let scores = scores()
      else { return nil }
      return [scores.detached, gradient(of: scores.sum(), wrt: [leaf])[0]]
    }
    guard let plain = answers() else { return }
    func isAlike() -> Bool {
      guard let found = answers() else { return false }
      return zip(found, plain).allSatisfy { a, b in
        a.shape == b.shape && (a - b).norm.item <= Self.roundingTolerance * b.norm.item
      }
    }
    if images.rank == 4 {
      module.isChannelsLast = true
      if !isAlike() { module.isChannelsLast = false }
    }
    module.fuse(true)
    if module.fusedSteps != nil, !isAlike() { module.fuse(false) }
  }

  /// How far a form may move answers and gradients by rounding, as a share of their length: a ReLU or two
  /// at its kink among those of all images.
  private static let roundingTolerance = 1e-3

  private static func dtype(
    of module: TorchScriptModule, path: String
  ) throws(Failure) -> DType {
    guard let types = module.elementTypes else { return .float32 }
    let all = [types.first] + [types.other].compactMap { $0 }
    if all.allSatisfy({ $0 == "Float" || $0 == "Double" }) {
      return all.contains("Float") ? .float32 : .float64
    }
    throw Failure(
      .unsuitable, at: path, expected: "parameters in float32 or float64",
      found: all.joined(separator: " and "),
      remedy: "Trace model.float(): small gradients vanish in less, and attacks with them.")
  }

  /// By the shape of the first answer.
  private static func classCount(
    of module: TorchScriptModule, path: String, on images: Tensor
  ) throws -> Int {
    func logits(_ count: Int) throws -> Tensor {
      try withoutGradients { try module(images.sliced(0..<count)) }
    }
    let one = try logits(1)
    guard one.rank == 2, one.shape[0] == 1, one.shape[1] >= 2 else {
      throw Failure(
        .unsuitable, at: path, expected: "logits of shape [N, classes], at least two classes",
        found: "\(one.shape) for \(images.sliced(0..<1).shape)",
        remedy: one.count == 1
          ? "Of one score z of two classes, return torch.stack((-z, z), 1)."
          : "Return one row of class scores for each image, with shape [N, classes].")
    }
    for count in [7, 64] where count <= images.shape[0] {
      let found: String
      do {
        let shape = try logits(count).shape
        if shape == [count, one.shape[1]] { continue }
        found = "logits of shape \(shape) for \(count) images"
      } catch let error as Failure {
        found = "one for a single image, which fails on \(count): \(error.found)"
      }
      throw Failure(
        .unsuitable, at: path, expected: "a model for any number of images at once", found: found,
        remedy: "Trace with x.shape[0] in place of a fixed number, such as x.flatten(1).")
    }
    return one.shape[1]
  }

  private func requireUsableLogits(of images: Tensor) throws {
    let leaf = images.differentiable()
    let scores = try withGradients { try module(preparation(leaf)) }
    guard scores.isFinite.all().item == 1 else {
      throw Failure(
        .unsuitable, at: path, expected: "logits that are numbers", found: "infinite ones or NaN",
        remedy: "Look at --normalization and --input-range, and at the model's answers in Python.")
    }
    guard scores.requiresGradient, cs_differentiates(scores.handle, leaf.handle) == 1 else {
      throw Failure(
        .unsuitable, at: path, expected: "logits that can be differentiated by the images",
        found: scores.requiresGradient
          ? "a failure: \(TorchScriptModule.reason())" : "ones that are cut off from them",
        remedy: "Trace it without torch.no_grad, detach, argmax or rounding on the way.")
    }
  }
}
