import Datasets
import Foundation
import Methods
import NeuralNetworks
import Runs
import Tensors

/// Measures the Hessian of a model's objective on one batch of the samples that it learns from, and scales initial
/// weights for it. It leaves no trace in the model.
struct CurvatureProbe {
  let settings: CurvatureSettings
  let model: any TrainableClassifier
  /// The same in every measurement, without augmentation.
  let batch: (inputs: Tensor, labels: Tensor)
  let seed: UInt64

  /// Factors that initial weights are tried with: powers of √2 from ¼ to 4.
  static let factors = (-4...4).map { pow(2, Double($0) / 2) }

  /// The norm of the Hessian by the parameters that learn.
  ///
  /// - Parameter step: what the objective is asked for.
  func norm(of learning: ModuleState, at step: TrainingStep) throws -> Double {
    let buffers = RememberedBuffers(of: model.state)
    defer { buffers.restore() }
    return try HessianNorm(products: settings.products)(
      wrt: learning.parameters, generator: RandomGenerator(seed: seed, keys: 0x4E55)
    ) {
      try model.objective(images: batch.inputs, labels: batch.labels, step: step).total
    }
  }

  /// Multiplies all weights, matrices and kernels that nothing constrains, with the factor that brings the norm
  /// nearest to the wanted one, by its logarithm. Biases, normalisations and constrained parts stay.
  ///
  /// - Returns: the factor, and the norm with it.
  func scaleWeights(
    learning: ModuleState, at step: TrainingStep
  ) throws -> (factor: Double, norm: Double) {
    let weights = learning.entries.filter { entry in
      entry.tensor.rank >= 2
        && !model.constrainedParts.contains { entry.name.hasPrefix("\($0).") }
    }.map(\.tensor)
    let drawn = weights.map { $0.detached * 1 }
    func scale(_ factor: Double) {
      for (weight, value) in zip(weights, drawn) { weight.assign(value * factor) }
    }
    let trials = try Self.factors.map { factor in
      scale(factor)
      return (factor: factor, norm: try norm(of: learning, at: step))
    }
    func distance(_ norm: Double) -> Double {
      norm > 0 && norm.isFinite ? abs(log(norm / settings.initialNorm)) : .infinity
    }
    let best = trials.min { distance($0.norm) < distance($1.norm) }!
    scale(best.factor)
    return best
  }
}
