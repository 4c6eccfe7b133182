import Foundation
import NeuralNetworks
import Tensors

/// A neural differential operator (after Gong et al. 2021, *Incorporating NODE with pre-trained neural differential
/// operator for learning dynamics*): from samples x_1, ..., x_K of a trajectory in a window to dx/dt at each of them,
///
///     D(x)_i = σ Σ_q g_qi P_q(u)_i / w,   u = (x - mean) / σ,   g_·i = softmax N(ln r(u)),
///
/// with the window's mean and deviation σ, so that it knows of no place and no unit, and half its length w in time.
/// P_q(u) are the derivatives of the polynomials that fit the window best (`PolynomialFits`), r_q what each leaves, and
/// N a network of two hidden layers that tells from these what is noise and what is a trajectory, and so how smooth
/// to be. It is exact on straight lines, whatever its weights.
///
/// It learns on windows of `SymbolicFunctions` with noise of every level up to one, each weighted by how well it can
/// be done. Nothing is learned of the system whose trajectories it is then used on. The publication was at hand as an
/// abstract: the library, the form of D and the sizes are ours. A plain network of u, twice as large and trained as
/// long, had three to six times its error where there was little noise.
struct DerivativeOperator {
  /// K.
  let windowSize: Int
  private let fits: PolynomialFits
  private let layers: [Linear]

  /// - Parameters:
  ///   - windowSize: K, odd and at least 3.
  ///   - noise: the largest deviation of the samples' noise, of the window's own; levels are drawn evenly in
  ///     their logarithm from a hundredth of it.
  ///   - steps: of Adam, with 256 windows each.
  init(windowSize: Int, noise: Double = 0.5, steps: Int, seed: UInt64) {
    self.windowSize = windowSize
    fits = PolynomialFits(windowSize: windowSize)
    let generator = RandomGenerator(seed: seed, keys: 1)
    let degrees = fits.degrees.count
    layers = zip([degrees, 32, 32], [32, 32, degrees * windowSize]).map {
      Linear(inputs: $0, outputs: $1, generator: generator, dtype: .float64)
    }
    let functions = SymbolicFunctions(windowSize: windowSize)
    let state = layers.enumerated().reduce(ModuleState()) {
      $0 + $1.element.state.prefixed("\($1.offset)")
    }
    let optimizer = Adam(state)
    for step in 0..<steps {
      let (values, slopes) = functions.windows(256, generator: generator)
      let level = (generator.uniform([256, 1], dtype: .float64) * log(100)).exp * (noise / 100)
      let (_, ownDeviation) = Self.moments(values)
      let noisy =
        values + generator.normal(values.shape, dtype: .float64) * level * ownDeviation
      let (mean, deviation) = Self.moments(noisy)
      let error = scaledDerivatives((noisy - mean) / deviation) - slopes / deviation
      optimizer.learningRate = 1e-2 * (1 - Double(step) / Double(steps))
      optimizer.step(
        gradients: gradient(
          of: (error.squared / (level.squared + 1e-3)).mean(), wrt: state.parameters))
    }
  }

  /// Mean and deviation of each window, [N, 1].
  static func moments(_ windows: Tensor) -> (mean: Tensor, deviation: Tensor) {
    let mean = windows.mean(along: 1, keeping: true)
    let variance = (windows - mean).squared.mean(along: 1, keeping: true)
    return (mean, variance.squareRoot.maximum(1e-12))
  }

  /// du/ds of windows u [N, K] of mean 0 and deviation 1.
  private func scaledDerivatives(_ u: Tensor) -> Tensor {
    let known = (fits.residuals(of: u) + 1e-12).log * 0.25
    let shares = layers[2](layers[1](layers[0](known).tanh).tanh)
      .reshaped([u.shape[0], fits.degrees.count, windowSize]).softmax(along: 1)
    return (shares * fits.derivatives(of: u)).sum(along: 1)
  }

  /// dx/dt at the samples of windows [N, K], [N, K].
  ///
  /// - Parameter spacing: of the samples in time.
  func derivatives(of windows: Tensor, spacing: Double) -> Tensor {
    withoutGradients {
      let (mean, deviation) = Self.moments(windows)
      let slopes = scaledDerivatives((windows - mean) / deviation) * deviation
      return slopes / (spacing * Double(windowSize - 1) / 2)
    }
  }

  /// dx/dt along trajectories [M, T, d], T at least K: of each sample in the window around it, or in the first or the
  /// last one.
  func derivatives(along trajectories: Tensor, spacing: Double) -> Tensor {
    let (count, times, dimension) = (
      trajectories.shape[0], trajectories.shape[1], trajectories.shape[2]
    )
    let rows = trajectories.permuted([0, 2, 1]).reshaped([count * dimension, times])
    let (middle, last) = (windowSize / 2, times - windowSize)
    let windows = (0...last).map { start in
      derivatives(of: rows.sliced(start..<start + windowSize, along: 1), spacing: spacing)
    }
    let columns = (0..<times).map { time in
      let start = min(max(time - middle, 0), last)
      return windows[start].sliced(time - start..<time - start + 1, along: 1)
    }
    return Tensor.concatenated(columns, along: 1)
      .reshaped([count, dimension, times]).permuted([0, 2, 1]).contiguous()
  }
}

extension Tensor {
  /// The derivatives of samples [..., T, d] in time by central differences, one-sided at both ends.
  func centralDifferences(spacing: Double) -> Tensor {
    let (times, axis) = (shape[rank - 2], rank - 2)
    func part(_ range: Range<Int>) -> Tensor { sliced(range, along: axis) }
    return .concatenated(
      [
        (part(1..<2) - part(0..<1)) / spacing,
        (part(2..<times) - part(0..<times - 2)) / (2 * spacing),
        (part(times - 1..<times) - part(times - 2..<times - 1)) / spacing,
      ], along: axis)
  }
}
