import Tensors

/// A penalty on the weights of a network, layer by layer: weight · Σ P(layer).
public struct NetworkRegularizer: Sendable {
  /// P, a function of the magnitudes of a layer.
  public let penalty: any NetworkPenalty
  /// λ ≥ 0.
  public let weight: Double
  /// What a magnitude is that of: a weight, or all weights of a unit.
  public let grouping: WeightGrouping
  /// The weights of the layers that are penalised.
  public let weights: [PenalizedWeight]

  /// - Precondition: `weight` ≥ 0.
  public init(
    _ penalty: any NetworkPenalty, weight: Double, grouping: WeightGrouping,
    on weights: [PenalizedWeight]
  ) {
    precondition(weight >= 0, "NetworkRegularizer of weight \(weight)")
    self.penalty = penalty
    self.weight = weight
    self.grouping = grouping
    self.weights = weights
  }

  /// Σ P over layers, without λ; of rank 0.
  public var value: Tensor { sum { penalty.value(of: $0) } }

  /// Σ of the smoothed P over layers, without λ: recorded, with finite derivatives.
  public var term: Tensor { sum { penalty.smoothed($0) } }

  private func sum(_ measure: (Tensor) -> Tensor) -> Tensor {
    precondition(!weights.isEmpty, "a penalty without weights")
    return Tensor.stacked(weights.map { measure(magnitudes(of: $0, $0.tensor)) }).sum()
  }

  /// Takes the proximal step of every layer, in place, outside the graph. Nothing happens with λ = 0,
  /// or to a layer shorter than 1e-8, or with a penalty that has no such step.
  ///
  /// - Parameter rate: the learning rate of the optimizer's step before.
  public func proximalStep(rate: Double) {
    guard let penalty = penalty as? any ProximalPenalty, weight > 0 else { return }
    withoutGradients {
      for layer in weights {
        let weight = layer.tensor.detached
        let before = magnitudes(of: layer, weight)
        let after = penalty.proximal(before, step: rate * self.weight)
        let factors = after / before.maximum(1e-30)
        let isUsable = before.norm .>= 1e-8
        let ones = Tensor.ones(like: factors)
        layer.tensor.assign(
          grouping.scaling(
            weight, by: Tensor.select(isUsable, factors, ones),
            columnsPerUnit: layer.columnsPerUnit))
      }
    }
  }

  /// Sets the groups whose magnitude is below a share of the largest one of their layer to 0.
  public func threshold(at share: Double) {
    withoutGradients {
      for layer in weights {
        let weight = layer.tensor.detached
        let sizes = magnitudes(of: layer, weight)
        let isKept = (sizes .>= sizes.max() * share).to(weight.dtype)
        layer.tensor.assign(
          grouping.scaling(weight, by: isKept, columnsPerUnit: layer.columnsPerUnit))
      }
    }
  }

  private func magnitudes(of layer: PenalizedWeight, _ weight: Tensor) -> Tensor {
    grouping.magnitudes(of: weight, columnsPerUnit: layer.columnsPerUnit)
  }
}
