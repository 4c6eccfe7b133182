import Tensors

/// Which layers a nonexpansive extractor is made of: for images stages of maps, each behind squares of
/// 2 x 2 pixels as channels, and layers of vectors behind those.
///
/// Nothing is lost on the way: there are at least as many numbers after a stage as before it, and zeros
/// fill up what is more.
public struct NonexpansiveArchitecture: Codable, Hashable, Sendable {
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

  /// A stage of maps.
  public struct Stage: Codable, Hashable, Sendable {
    /// At least four times those before.
    public var channels: Int
    public var depth: Int
    /// Dimensions that a reflector reflects at each frequency.
    public var rank: Int

    public init(channels: Int, depth: Int, rank: Int) {
      (self.channels, self.depth, self.rank) = (channels, depth, rank)
    }
  }

  public var blocks: Blocks
  /// None for vectors alone.
  public var stages: [Stage]
  /// Numbers of the vectors, at least those that arrive.
  public var width: Int
  /// Of the part of vectors; 0 leaves it out.
  public var depth: Int
  /// Dimensions that a reflector of vectors reflects.
  public var rank: Int
  /// Rows and columns of the stages' kernels, odd.
  public var kernelSize = 3

  public init(
    blocks: Blocks = .reflectors, stages: [Stage] = [], width: Int, depth: Int, rank: Int
  ) {
    (self.blocks, self.stages) = (blocks, stages)
    (self.width, self.depth, self.rank) = (width, depth, rank)
  }

  /// What is wrong with a setting for a kind of input.
  public struct Problem: Error, Hashable, Sendable {
    public let setting: String
    public let expected: String
    public let found: String
  }

  /// The first setting that does not fit samples of this shape, [C, H, W] or [d].
  public func check(for shape: [Int]) throws(Problem) {
    func require(
      _ holds: Bool, _ setting: String, _ expected: String, _ found: Any
    ) throws(Problem) {
      if !holds { throw Problem(setting: setting, expected: expected, found: "\(found)") }
    }
    var shape = shape
    try require(
      stages.isEmpty || shape.count == 3, "stages", "none for points, which have no maps",
      stages.count)
    try require(kernelSize % 2 == 1, "kernelSize", "an odd number", kernelSize)
    for (index, stage) in stages.enumerated() {
      let name = "stages[\(index)]"
      try require(
        shape[1] % 2 == 0 && shape[2] % 2 == 0, "stages",
        "at most \(index), as maps of \(shape[1]) x \(shape[2]) cannot be halved", stages.count)
      try require(
        stage.channels >= 4 * shape[0] && stage.channels % 2 == 0, "\(name).channels",
        "an even number of at least \(4 * shape[0])", stage.channels)
      try require(
        (1...stage.channels).contains(stage.rank), "\(name).rank",
        "1 to the channels, \(stage.channels)", stage.rank)
      try require(stage.depth >= 1, "\(name).depth", "at least 1", stage.depth)
      shape = [stage.channels, shape[1] / 2, shape[2] / 2]
    }
    let count = shape.reduce(1, *)
    try require(depth >= 0, "depth", "at least 0", depth)
    try require(
      width >= count && (width % 2 == 0 || depth == 0), "width",
      "an even number of at least \(count), the numbers that arrive", width)
    try require((1...max(width, 1)).contains(rank), "rank", "1 to the width, \(width)", rank)
  }

  /// The layers for samples of a shape that passes `check(for:)`; they give vectors of `width` numbers.
  public func layers(
    for shape: [Int], generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) -> [any NonexpansiveLayer] {
    var shape = shape
    let make = Maker(blocks: blocks, generator: generator, dtype: dtype, device: device)
    var layers: [any NonexpansiveLayer] = stages.isEmpty ? [] : [PixelsFirst()]
    for stage in stages {
      layers.append(PixelUnshuffle(factor: 2))
      let missing = stage.channels - 4 * shape[0]
      if missing > 0 { layers.append(ChannelPadding(count: missing)) }
      shape = [stage.channels, shape[1] / 2, shape[2] / 2]
      layers += make.layers(
        stage.channels, depth: stage.depth, rank: stage.rank,
        maps: (size: Array(shape.dropFirst()), kernel: kernelSize))
    }
    layers.append(Flattening(ofMaps: !stages.isEmpty))
    let missing = width - shape.reduce(1, *)
    if missing > 0 { layers.append(ChannelPadding(count: missing)) }
    return layers + (depth == 0 ? [] : make.layers(width, depth: depth, rank: rank, maps: nil))
  }

  /// Layers of one number of channels.
  private struct Maker {
    let blocks: Blocks
    let generator: RandomGenerator
    let dtype: DType
    let device: Device

    typealias Maps = (size: [Int], kernel: Int)

    func layers(
      _ channels: Int, depth: Int, rank: Int, maps: Maps?
    ) -> [any NonexpansiveLayer] {
      func repeated(_ block: () -> [any NonexpansiveLayer]) -> [any NonexpansiveLayer] {
        (0..<depth).flatMap { _ in block() }
      }
      func flow(_ steps: Int, isAutonomous: Bool) -> any NonexpansiveLayer {
        NonexpansiveFlow(
          channels: channels, hidden: channels, kernelSize: maps?.kernel, stepCount: steps,
          isAutonomous: isAutonomous, generator: generator, dtype: dtype, device: device)
      }
      func reflector() -> any NonexpansiveLayer { self.reflector(channels, rank, maps) }
      switch blocks {
      case .reflectors: return repeated { [reflector(), maxMin(channels)] }
      case .rescaled: return repeated { [rescaled(channels, maps), maxMin(channels)] }
      case .flow: return [flow(depth, isAutonomous: false)]
      case .autonomousFlow: return [reflector(), flow(depth, isAutonomous: true)]
      case .alternating: return repeated { [reflector(), flow(1, isAutonomous: true)] }
      }
    }

    private func maxMin(_ channels: Int) -> any NonexpansiveLayer {
      MaxMin(channels: channels, dtype: dtype, device: device)
    }

    private func reflector(_ channels: Int, _ rank: Int, _ maps: Maps?) -> any NonexpansiveLayer {
      guard let maps else {
        return BlockReflector(
          width: channels, rank: rank, generator: generator, dtype: dtype, device: device)
      }
      return ConvolutionalReflector(
        channels: channels, rank: rank, kernelSize: maps.kernel, mapSize: maps.size,
        generator: generator, dtype: dtype, device: device)
    }

    private func rescaled(_ channels: Int, _ maps: Maps?) -> any NonexpansiveLayer {
      RescaledLayer(
        inputs: channels, outputs: channels, kernelSize: maps?.kernel, generator: generator,
        dtype: dtype, device: device)
    }
  }
}
