import DifferentialEquations
import NeuralNetworks
import Tensors

// The methods that are chains of maps with Lipschitz bounds.

extension ResNet18Model {
  /// The features are the scores: rows of an identity, √2 apart.
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    try LipschitzChain(
      features: network, flowBound: 1, slopes: ScoreSlopes(weight: .identity(classCount)),
      scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}

extension NeuralODEModel {
  public func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    guard let flowBound = try backbone.flowBound() else { return nil }
    return try LipschitzChain(
      features: backbone.features, flowBound: flowBound, slopes: ScoreSlopes(weight: head.weight),
      scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}

extension ContractiveNODE {
  /// The mean of each map's n pixels and the head as one matrix: each weight / n, n times.
  public func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    guard let flowBound = try backbone.flowBound() else { return nil }
    let weight = head.weight.detached
    let pooled = (weight / Double(pooledPixels)).unsqueezed(2)
      .expanded(weight.shape + [pooledPixels]).reshaped([classCount, -1])
    return try LipschitzChain(
      features: backbone.features, flowBound: flowBound, slopes: ScoreSlopes(weight: pooled),
      scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}

extension SODEF {
  /// tanh, where features are bounded by it, has slopes of at most 1.
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    let flowBound = try flow.lipschitzBound(field.jacobianBall)
    return try LipschitzChain(
      features: features, flowBound: flowBound,
      slopes: ScoreSlopes(weight: head?.weight ?? fixedHead), scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}

extension TrainedZubovNet {
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    guard let flowBound = try backbone.flowBound() else { return nil }
    return try LipschitzChain(
      features: backbone.features, flowBound: flowBound, slopes: ScoreSlopes(lyapunov),
      scores: { -lyapunov.values(at: try backbone.solution($0).finalState) }
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}
