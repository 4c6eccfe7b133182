import NeuralNetworks
import Settings
import Tensors

/// φ: images to h(0) by a chain of layers of which none takes two points further apart, in training and
/// in use.
public struct NonexpansiveFeatures: Module, Sendable {
  /// Which layers, in a method's settings.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("d of the state h", .width)
    public var dimension: Int
    @Setting("numbers between the layers, even, at least those of an image and d", .width)
    public var width: Int
    @Setting("layers of vectors: a rotation and a sorting of pairs each", .integers(1...1000))
    public var depth: Int
    @Setting("dimensions that each rotation reflects (half of the width mixes most)", .width)
    public var rank: Int
    @Setting(
      "reflectors (BRO, MaxMin), rescaled (AOL, MaxMin), flow (SLL), autonomous-flow or alternating"
    )
    public var blocks = NonexpansiveArchitecture.Blocks.reflectors
    /// Of stages of maps before the vectors, each with half the rows and columns of what is before it;
    /// none by default. A rotation of maps reflects an eighth of the channels at each frequency.
    @Setting("of stages of maps before the vectors, each with half the rows and columns", .width)
    public var channels: [Int] = []
    @Setting("layers of each stage of maps", .integers(1...1000))
    public var stageDepth = 2
    @Setting("taken from every pixel", .numbers(-1e3...1e3))
    public var shift = 0.5
    @Setting("one factor of all pixels; radii are divided by it", .positive(upTo: 1e3))
    public var scale = 1.0

    /// Reflectors on vectors, until more is set.
    public init(dimension: Int, width: Int, depth: Int, rank: Int) {
      (self.dimension, self.width, self.depth, self.rank) = (dimension, width, depth, rank)
    }

    /// The layers without what leaves the state's dimensions.
    var architecture: NonexpansiveArchitecture {
      NonexpansiveArchitecture(
        blocks: blocks, channels: channels, stageDepth: stageDepth, width: width, depth: depth,
        rank: rank)
    }

    /// Twice the numbers of small images in six layers; the numbers themselves in four, of which fewer
    /// are reflected, for larger ones. Points in the plane keep a state of two dimensions.
    public static func defaults(for input: ModelInput) -> Settings {
      let count = input.shape.reduce(1, *)
      if input.shape.count == 1 {
        let width = max(32, count + count % 2)
        return Settings(dimension: 2, width: width, depth: 6, rank: width / 2)
      }
      if count <= 256 {
        return Settings(dimension: 2 * count, width: 2 * count, depth: 6, rank: count)
      }
      let width = count + count % 2
      return Settings(dimension: width, width: width, depth: 4, rank: min(96, width / 2))
    }
  }

  private let extractor: NonexpansiveExtractor
  /// In use.
  private let settled: Result<SettledNonexpansiveExtractor, NonexpansiveLayerError>?

  /// - Throws: `SettingsError`.
  public init(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    try SettingNotes(of: Settings.defaults(for: input)).check(settings)
    let width = settings.width
    do throws(NonexpansiveArchitecture.Problem) {
      try settings.architecture.check(for: input.shape)
    } catch {
      throw SettingsError(setting: error.setting, expected: error.expected, found: error.found)
    }
    try SettingsError.require(
      settings.dimension <= width, "dimension", "at most the width, \(width)", settings.dimension)
    var layers = settings.architecture.layers(
      for: input.shape, generator: generator, dtype: dtype, device: device)
    if settings.dimension < width {
      layers += [
        BlockReflector(
          width: width, rank: settings.rank, generator: generator, dtype: dtype, device: device),
        ChannelSelection(count: settings.dimension),
      ]
    }
    extractor = NonexpansiveExtractor(
      stem: NonexpansiveStem(shift: settings.shift, scale: settings.scale), layers: layers,
      featureCount: settings.dimension)
    settled = nil
  }

  private init(settling other: NonexpansiveFeatures, in dtype: DType) {
    extractor = other.extractor
    settled = Result { () throws(NonexpansiveLayerError) in
      do throws(NonexpansiveLayerError) {
        return try other.extractor.settled(in: dtype)
      } catch {
        throw error.within("extractor")
      }
    }
  }

  public var state: ModuleState { extractor.state }
  /// d, the dimension of h(0).
  public var featureCount: Int { extractor.featureCount }

  /// h(0) of images [N, ...], [N, d]: by weights made anew in training, recorded; by fixed ones in use.
  /// A map that cannot be settled is none that a certificate holds of; it is left as it is.
  public func callAsFunction(_ images: Tensor, mode: ForwardMode) -> Tensor {
    guard mode == .inference, case .success(let map) = settled else {
      return extractor(images.to(extractor.parameters[0].dtype))
    }
    return map(images)
  }

  /// The same map with its weights made once, and measured; it computes in the given element type.
  public func settled(in dtype: DType) -> NonexpansiveFeatures {
    NonexpansiveFeatures(settling: self, in: dtype)
  }

  /// The map in use with its bounds.
  ///
  /// - Throws: `NonexpansiveLayerError` where the parameters define no such map.
  ///
  /// - Precondition: the features are in use (`settled(in:)`).
  func certifiable() throws -> SettledNonexpansiveExtractor {
    guard let settled else { preconditionFailure("features in training") }
    return try settled.get()
  }
}
