import Tensors

extension BatchNorm {
  /// y of this process's rows of a batch that several share, in training: mean and variance are those
  /// of the whole batch, and so are the terms of its backward pass through them.
  ///
  /// Forward, each process gives n, mean and Σ(x - mean)² of each channel, joined by (Chan, Golub,
  /// LeVeque 1983)
  ///
  ///     m = Σ n_p m_p / n,    M = Σ M_p + Σ n_p (m_p - m)²,    variance = M / n.
  ///
  /// Backward, with g the gradient by y and x̂ = (x - m) / √(variance + ε), all sums over the batch:
  ///
  ///     ∂x = weight / √(variance + ε) · (g - Σg / n - x̂ Σ(g x̂) / n).
  ///
  /// The gradients by weight and bias are those of the own rows, to be summed with all others. Losses
  /// have to be weighted so that they add up to that of the batch (`BatchShard.weight`). A second
  /// derivative is refused.
  func synchronized(_ x: Tensor, over shard: BatchShard) -> Tensor {
    withBackward([x, weight, bias]) {
      let channels = x.shape[1]
      func perChannel(_ values: Tensor) -> Tensor {
        values.like(x).reshaped([1, channels] + [Int](repeating: 1, count: x.rank - 2))
      }
      func sum(_ values: Tensor) -> Tensor {
        let sum = values.sum(along: 0)
        return (sum.rank > 1 ? sum.flattened(from: 1).sum(along: 1) : sum).to(.float64)
      }
      let ownCount = Double(x.count / channels)
      let ownMean = sum(x) / ownCount
      let ownSpread = sum((x - perChannel(ownMean)).squared)
      let counted = shard.weight > 0
      let parts = shard.table(
        of: .concatenated([Tensor([ownCount]).like(ownMean), ownMean, ownSpread])
          * (counted ? 1 : 0))
      let counts = parts.sliced(0..<1, along: 1)
      let means = parts.sliced(1..<1 + channels, along: 1)
      let count = counts.sum().item
      let mean = (means * counts).sum(along: 0) / count
      let spread =
        parts.sliced(1 + channels..<1 + 2 * channels, along: 1).sum(along: 0)
        + ((means - mean).squared * counts).sum(along: 0)
      move(mean: mean, unbiasedVariance: spread / max(count - 1, 1))
      let inverseDeviation = (spread / count + epsilon).squareRoot.reciprocal
      let scale = weight.detached.to(.float64) * inverseDeviation
      let centred = x - perChannel(mean)
      let y = centred * perChannel(scale) + perChannel(bias)
      return (
        [y],
        { gradients in
          guard let gradient = gradients[0] else { return [nil, nil, nil] }
          if isRecordingGradients {
            shard.refuse(
              "a second derivative through batch normalisation of a batch that processes share")
          }
          let own = Tensor.stacked([
            sum(gradient), sum(gradient * centred) * inverseDeviation,
          ])
          let all = shard.sum(own) / count
          let slope = perChannel(all[1] * inverseDeviation)
          let dx = (gradient - perChannel(all[0]) - centred * slope) * perChannel(scale)
          return [dx, own[1].like(weight), own[0].like(bias)]
        }
      )
    }[0]
  }

  /// running ← (1 - momentum) running + momentum batch.
  private func move(mean: Tensor, unbiasedVariance: Tensor) {
    for (running, value) in [(runningMean, mean), (runningVariance, unbiasedVariance)] {
      running.assign(running * (1 - momentum) + value.like(running) * momentum)
    }
  }
}

extension BatchShard {
  /// The vector of each process as a row, [size, n].
  fileprivate func table(of row: Tensor) -> Tensor {
    let rows = (0..<size).map { $0 == rank ? row : Tensor.zeros(like: row) }
    return sum(.stacked(rows))
  }
}
