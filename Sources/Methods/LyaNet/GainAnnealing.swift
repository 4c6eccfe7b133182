import Settings
import Tensors

/// How LyaNet's gain g follows the share of samples that violate the condition: in the first part of
/// training it falls a little in every step in which few do, in the rest it rises if too many do.
public struct GainAnnealing: Codable, Sendable, Hashable {
  @Setting(
    "share of training after which the gain rises instead of falling (code: 60 of 120)", .share)
  public var turn = 0.5
  @Setting("it falls while a smaller share of samples violates (code: 0.7)", .share)
  public var falling = 0.7
  @Setting("it rises while a larger share of samples violates (code: 0.1)", .share)
  public var rising = 0.1
  @Setting("factor of a fall, each step (code: 0.9999)", .positiveShare)
  public var decay = 0.9999
  @Setting("factor of a rise, each step (code: 1.0001)", .numbers(1...1e3))
  public var growth = 1.0001
  @Setting("it falls only above this (code: 1)", .positive)
  public var least = 1.0
  @Setting("it rises only below this (code: 100)", .positive)
  public var greatest = 100.0

  public init() {}

  /// The gain after a step, without waiting for the device.
  ///
  /// - Parameters:
  ///   - gain: g, [1].
  ///   - violating: the share of samples that violated, a single element.
  ///   - progress: the share of training that is done.
  public func next(_ gain: Tensor, violating: Tensor, progress: Double) -> Tensor {
    withoutGradients {
      let isFalling = progress <= turn
      let changes =
        isFalling
        ? (violating .< falling) .& (gain .> least) : (violating .> rising) .& (gain .< greatest)
      return Tensor.select(changes, gain * (isFalling ? decay : growth), gain)
    }
  }

  func validate() throws {
    try SettingsError.require(
      greatest >= least, "greatest", "at least annealing.least, \(least)", greatest)
  }
}
