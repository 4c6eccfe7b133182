import CTorch

/// A seeded source of random tensors (Mersenne twister, on the CPU). There is no other source:
/// nothing in Basin draws from a generator that the caller did not name.
///
/// Draws advance the generator; it is confined to one task at a time.
public final class RandomGenerator {
  let handle: CTGenerator

  /// A generator whose draws are a function of the seed alone.
  public init(seed: UInt64) {
    guard let handle = ct_generator(seed) else {
      fatalError("RandomGenerator: \(lastTorchError())")
    }
    self.handle = handle
  }

  /// A generator for one purpose and place, independent of generators with other keys: for
  /// example `RandomGenerator(seed: 0, keys: sampleIndex, restart)`.
  public convenience init(seed: UInt64, keys: UInt64...) {
    self.init(
      seed: keys.reduce(Self.mixed(seed)) {
        Self.mixed($0 ^ Self.mixed($1 &+ 0x632B_E59B_D9B4_E019))
      })
  }

  deinit { ct_generator_release(handle) }

  /// The first number of a `SplitMix64` with this seed: a bijection that scatters nearby values.
  public static func mixed(_ value: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: value)
    return generator.next()
  }

  /// The whole state, to continue later with the same draws.
  public var state: Tensor {
    get { Tensor(ct_generator_state(handle), "generator state") }
    set { torchCheck(ct_generator_set_state(handle, newValue.handle), "generator state") }
  }

  /// Uniform on [lower, upper).
  public func uniform(
    _ shape: [Int], in range: Range<Double> = 0..<1, dtype: DType = .float32
  ) -> Tensor {
    let unit = Tensor(
      ct_uniform(handle, extents(shape), Int32(shape.count), dtype.code), "uniform(\(shape))")
    if range == 0..<1 { return unit }
    return unit * (range.upperBound - range.lowerBound) + range.lowerBound
  }

  /// Normal with the given mean and standard deviation.
  public func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    let unit = Tensor(
      ct_normal(handle, extents(shape), Int32(shape.count), dtype.code), "normal(\(shape))")
    return mean == 0 && deviation == 1 ? unit : unit * deviation + mean
  }

  /// Poisson counts with the given rates, elementwise.
  public func poisson(rates: Tensor) -> Tensor {
    Tensor(ct_poisson(handle, rates.handle), "poisson", [rates])
  }

  /// A random order of 0 ..< count (int64).
  public func permutation(_ count: Int) -> Tensor {
    Tensor(ct_permutation(handle, Int64(count)), "permutation(\(count))")
  }
}
