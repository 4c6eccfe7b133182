import Tensors

/// Which layers a nonexpansive extractor is made of: for images perhaps stages of maps, each behind
/// squares of 2 x 2 pixels as channels, and layers of vectors behind those.
///
/// Nothing is lost on the way: there are at least as many numbers after a stage as before it, and zeros
/// fill up what is more.
public struct NonexpansiveArchitecture: Hashable, Sendable {
  /// What a stage, and the part of vectors, is made of.
  public enum Blocks: String, Codable, Sendable, CaseIterable {
    /// `depth` times a block reflector (BRO) and MaxMin.
    case reflectors
    /// `depth` times a rescaled layer (AOL) and MaxMin.
    case rescaled
    /// `depth` steps of a nonexpansive flow, each with weights of its own (SLL).
    case flow
    /// A block reflector, then `depth` steps of a nonexpansive flow with one weight: a neural ODE.
    case autonomousFlow = "autonomous-flow"
    /// `depth` times a block reflector and a step of a nonexpansive flow.
    case alternating
  }

  /// What the layers of a stage, and those of vectors, are.
  public var blocks: Blocks
  /// Of the stages of maps, each at least four times as many as before; none for vectors alone.
  public var channels: [Int]
  /// Layers of each stage. A reflector of maps reflects an eighth of the channels at each frequency.
  public var stageDepth: Int
  /// Numbers of the vectors, at least those that arrive.
  public var width: Int
  /// Layers of vectors.
  public var depth: Int
  /// Dimensions that a reflector of vectors reflects.
  public var rank: Int
  /// Rows and columns of the stages' kernels.
  public static let kernelSize = 3

  /// An architecture; `check(for:)` says whether it suits samples of a shape.
  public init(
    blocks: Blocks = .reflectors, channels: [Int] = [], stageDepth: Int = 2, width: Int, depth: Int,
    rank: Int
  ) {
    (self.blocks, self.channels, self.stageDepth) = (blocks, channels, stageDepth)
    (self.width, self.depth, self.rank) = (width, depth, rank)
  }

  /// What is wrong with a setting for a kind of input.
  public struct Problem: Error, Hashable, Sendable {
    /// The name of the setting, without the group that it belongs to.
    public let setting: String
    /// What it may be for these samples, and why.
    public let expected: String
    /// Its value, as it is written.
    public let found: String
  }

  /// The first setting that does not fit samples of this shape, [C, H, W] or [d].
  ///
  /// - Throws: `Problem`, that setting with what it may be.
  public func check(for shape: [Int]) throws(Problem) {
    func require(
      _ holds: Bool, _ setting: String, _ expected: String, _ found: Any
    ) throws(Problem) {
      if !holds { throw Problem(setting: setting, expected: expected, found: "\(found)") }
    }
    var shape = shape
    try require(
      channels.isEmpty || shape.count == 3, "channels", "none for points, which have no maps",
      channels)
    for (index, count) in channels.enumerated() {
      try require(
        shape[1] % 2 == 0 && shape[2] % 2 == 0, "channels",
        "at most \(index) stages, as maps of \(shape[1]) x \(shape[2]) cannot be halved", channels)
      try require(
        count >= 4 * shape[0] && count % 2 == 0, "channels",
        "an even number of at least \(4 * shape[0]) in stage \(index + 1)", count)
      shape = [count, shape[1] / 2, shape[2] / 2]
    }
    let count = shape.reduce(1, *)
    try require(
      width % 2 == 0 && width >= count, "width",
      "an even number of at least \(count), the numbers that arrive", width)
    try require((1...max(width, 1)).contains(rank), "rank", "1 to the width, \(width)", rank)
  }

  /// The layers for samples of a shape that passes `check(for:)`; they give vectors of `width` numbers.
  public func layers(
    for shape: [Int], generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) -> [any NonexpansiveLayer] {
    var shape = shape
    let make = Maker(blocks: blocks, generator: generator, dtype: dtype, device: device)
    var layers: [any NonexpansiveLayer] = channels.isEmpty ? [] : [PixelsFirst()]
    for count in channels {
      layers.append(PixelUnshuffle(factor: 2))
      let missing = count - 4 * shape[0]
      if missing > 0 { layers.append(ChannelPadding(count: missing)) }
      shape = [count, shape[1] / 2, shape[2] / 2]
      layers += make.layers(
        count, depth: stageDepth, rank: max(count / 8, 1), mapSize: Array(shape.dropFirst()))
    }
    layers.append(Flattening(ofMaps: !channels.isEmpty))
    let missing = width - shape.reduce(1, *)
    if missing > 0 { layers.append(ChannelPadding(count: missing)) }
    return layers + make.layers(width, depth: depth, rank: rank, mapSize: nil)
  }

  /// Layers of one number of channels.
  private struct Maker {
    let blocks: Blocks
    let generator: RandomGenerator
    let dtype: DType
    let device: Device

    func layers(
      _ channels: Int, depth: Int, rank: Int, mapSize: [Int]?
    ) -> [any NonexpansiveLayer] {
      let kernelSize = mapSize.map { _ in NonexpansiveArchitecture.kernelSize }
      func repeated(_ block: () -> [any NonexpansiveLayer]) -> [any NonexpansiveLayer] {
        (0..<depth).flatMap { _ in block() }
      }
      func flow(_ steps: Int, isAutonomous: Bool) -> any NonexpansiveLayer {
        NonexpansiveFlow(
          channels: channels, hidden: channels, kernelSize: kernelSize, stepCount: steps,
          isAutonomous: isAutonomous, generator: generator, dtype: dtype, device: device)
      }
      func reflector() -> any NonexpansiveLayer { self.reflector(channels, rank, mapSize) }
      switch blocks {
      case .reflectors: return repeated { [reflector(), maxMin(channels)] }
      case .rescaled: return repeated { [rescaled(channels, mapSize), maxMin(channels)] }
      case .flow: return [flow(depth, isAutonomous: false)]
      case .autonomousFlow: return [reflector(), flow(depth, isAutonomous: true)]
      case .alternating: return repeated { [reflector(), flow(1, isAutonomous: true)] }
      }
    }

    private func maxMin(_ channels: Int) -> any NonexpansiveLayer {
      MaxMin(channels: channels, dtype: dtype, device: device)
    }

    private func reflector(_ channels: Int, _ rank: Int, _ mapSize: [Int]?) -> any NonexpansiveLayer
    {
      guard let mapSize else {
        return BlockReflector(
          width: channels, rank: rank, generator: generator, dtype: dtype, device: device)
      }
      return ConvolutionalReflector(
        channels: channels, rank: rank, kernelSize: NonexpansiveArchitecture.kernelSize,
        mapSize: mapSize, generator: generator, dtype: dtype, device: device)
    }

    private func rescaled(_ channels: Int, _ mapSize: [Int]?) -> any NonexpansiveLayer {
      RescaledLayer(
        inputs: channels, outputs: channels,
        kernelSize: mapSize.map { _ in NonexpansiveArchitecture.kernelSize }, generator: generator,
        dtype: dtype, device: device)
    }
  }
}
