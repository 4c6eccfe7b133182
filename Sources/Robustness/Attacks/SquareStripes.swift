import Tensors

/// Square in L-inf: every pixel is at x - ε or x + ε (as far as [0, 1] allows), at first in vertical
/// stripes.
///
/// A query sets the window of each channel to x + ε σ, with one sign σ for each channel. The
/// published code adds 2 ε σ and confines the sum to the ball, which is the same.
struct SquareStripes: SquareMoves {
  private let attack: Square
  private let shape: (channels: Int, height: Int, width: Int)
  private var samples: [StripedSample]
  let start: Tensor

  init(_ problem: AttackProblem, of attack: Square) {
    self.attack = attack
    let shape = (problem.sampleShape[0], problem.sampleShape[1], problem.sampleShape[2])
    self.shape = shape
    var streams = problem.streams(for: attack.name)
    let signs = streams.signs(shape.0 * shape.2)
    let count = shape.0 * shape.2
    samples = streams.enumerated().map { place, stream in
      StripedSample(stream, stripes: signs[place * count..<(place + 1) * count], shape)
    }
    start = Self.extreme(
      problem, signs: Tensor(signs, shape: [streams.count, shape.0, 1, shape.2]))
  }

  mutating func note(_ isKept: [Bool]) {
    for index in samples.indices { samples[index].note(isKept: isKept[index]) }
  }

  mutating func draw() -> [Int] {
    var open: [Int] = []
    for index in samples.indices where samples[index].draw(attack) { open.append(index) }
    return open
  }

  mutating func keep(_ kept: [Int]) { samples = kept.map { samples[$0] } }

  func moved(_ images: Tensor, of problem: AttackProblem) -> Tensor {
    let windows = samples.map { $0.window! }
    let mask = SquareWindows.mask(
      sides: windows.map(\.side), tops: windows.map(\.top), lefts: windows.map(\.left),
      height: shape.height, width: shape.width, device: images.device)
    let signs = Tensor(
      windows.flatMap(\.signs), shape: [windows.count, shape.channels, 1, 1])
    return Tensor.select(mask, Self.extreme(problem, signs: signs), images)
  }

  /// x + ε σ, confined to [0, 1].
  private static func extreme(_ problem: AttackProblem, signs: Tensor) -> Tensor {
    let clean = problem.samples.images
    return (clean + signs.like(clean) * problem.threat.epsilon).clamped(to: 0...1)
  }
}

extension [SplitMix64] {
  /// `count` signs of each stream, one stream after the other.
  mutating func signs(_ count: Int) -> [Float] {
    indices.flatMap { index in (0..<count).map { _ in self[index].sign() } }
  }
}
