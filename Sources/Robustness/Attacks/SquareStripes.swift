import Tensors

/// Square in L-inf: every pixel is at x - ε or x + ε (as far as [0, 1] allows), at first in vertical
/// stripes.
///
/// A query sets the window of each channel to x + ε σ, with one sign σ for each channel. The
/// published code adds 2 ε σ and confines the sum to the ball, which is the same.
enum SquareStripes: SquareMoves {
  static func start(_ problem: AttackProblem, streams: inout [SampleStream]) -> Tensor {
    let (channels, width) = (problem.sampleShape[0], problem.sampleShape[2])
    let signs = streams.signs(channels * width)
    return extreme(
      problem, signs: Tensor(signs, shape: [streams.count, channels, 1, width]))
  }

  static func moved(
    _ images: Tensor, of problem: AttackProblem, side: Int, streams: inout [SampleStream]
  ) -> Tensor {
    let shape = problem.sampleShape
    let windows = SquareWindows(
      side: side, height: shape[1], width: shape[2], device: images.device, streams: &streams)
    let signs = Tensor(streams.signs(shape[0]), shape: [streams.count, shape[0], 1, 1])
    return Tensor.select(windows.mask, extreme(problem, signs: signs), images)
  }

  /// x + ε σ, confined to [0, 1].
  private static func extreme(_ problem: AttackProblem, signs: Tensor) -> Tensor {
    let clean = problem.samples.images
    return (clean + signs.like(clean) * problem.threat.epsilon).clamped(to: 0...1)
  }
}

extension [SampleStream] {
  /// `count` signs of each stream, one stream after the other.
  mutating func signs(_ count: Int) -> [Float] {
    indices.flatMap { index in (0..<count).map { _ in self[index].sign() } }
  }
}
