import Foundation
import Tensors

/// A function W that nearly solves Zubov's equation of a slowed system,
///
///     ∇W·g f = -α |u - c|² (1 - W),    W(c) = 0,
///
/// learned from the costs V of simulated trajectories, W = 1 - exp(-αV), and from the equation itself; at
/// points that do not come home and on the faces of the box it is only asked to be above 1.
///
/// Nothing here is proven. What is learned is a candidate; counterexamples of its proof come back as
/// samples, with their own trajectories, until none is found.
public final class ZubovFit {
  /// What is learned how.
  public struct Settings: Sendable, Hashable, Codable {
    /// Units of the hidden layers.
    public var hidden = [20, 20]
    /// Points of the box whose trajectories are simulated.
    public var samples = 3000
    /// α as a multiple of the one for which W is ½ at the median cost.
    public var saturation = 2.0
    /// Weight of the equation's residual beside the value's.
    public var equationWeight = 0.3
    /// Steps of the first fit and after each round of counterexamples.
    public var steps = 60
    /// Steps after each round of counterexamples.
    public var refinementSteps = 15
    /// Of the weights at the start and of the points that are simulated.
    public var seed: UInt64 = 0

    public init() {}
  }

  /// The system whose equation is solved.
  public let slowed: SlowedSystem
  /// What is learned how.
  public let settings: Settings
  /// α.
  public let saturation: Double
  private(set) var network: TanhNetwork
  private var samples: ZubovSamples
  /// Points on the faces, and points at which W did not fall.
  private var faces: Tensor
  private var rising: Tensor
  private var optimizer = LevenbergMarquardt()
  private let generator: RandomGenerator

  /// What W is asked to be above where no trajectory comes home.
  private static let outside = 1.02
  /// By how much W is asked to fall at counterexamples, as a share of the natural rate.
  private static let margin = 0.03

  /// A network that is not fitted yet to samples that are simulated already.
  public init(_ slowed: SlowedSystem, samples: ZubovSamples, settings: Settings = Settings()) {
    self.slowed = slowed
    self.settings = settings
    self.samples = samples
    generator = RandomGenerator(seed: settings.seed)
    network = TanhNetwork(
      inputs: slowed.system.dimension, hidden: settings.hidden, generator: generator)
    saturation = Foundation.log(2.0) / samples.medianCost * settings.saturation
    let onFaces = slowed.unitBox.uniformOnFaces(samples.units.shape[0] / 4, generator)
    faces = onFaces.selecting(slowed.isOutward(onFaces: onFaces).trueIndices)
    rising = .zeros([0, slowed.system.dimension], dtype: .float64)
  }

  /// The same with samples of its own.
  ///
  /// - Throws: as `ZubovSamples`.
  public convenience init(_ slowed: SlowedSystem, settings: Settings = Settings()) throws {
    let samples = try ZubovSamples(slowed, count: settings.samples, seed: settings.seed)
    self.init(slowed, samples: samples, settings: settings)
  }

  /// The first fit.
  public func fit(isCancelled: () -> Bool = { false }) {
    fit(steps: settings.steps, isCancelled: isCancelled)
  }

  /// Takes points at which the proof fails, or nearly, to the samples, and fits again.
  ///
  /// - Parameters:
  ///   - rising: u where W does not fall, [N, d].
  ///   - faces: u on the faces where W is too low, [M, d].
  /// - Throws: `IntegrationFailure`.
  public func refine(rising new: Tensor, faces low: Tensor, isCancelled: () -> Bool = { false })
    throws
  {
    if new.shape[0] > 0 {
      let shift = generator.normal(new.shape, deviation: 0.02, dtype: .float64)
      let near = Tensor.concatenated([new, (new + shift).clamped(to: -1...1)])
      samples.append(
        near, costs: try slowed.arrivals(from: near, isCancelled: isCancelled).costs)
      rising = .concatenated([rising, new])
    }
    faces = .concatenated([faces, low])
    optimizer.damping = max(optimizer.damping, 1e-3)
    fit(steps: settings.refinementSteps, isCancelled: isCancelled)
  }

  /// Numbers that are learned.
  public var parameterCount: Int { network.parameterCount }

  /// W as a term of the place x.
  public var function: Term {
    network.value(at: slowed.unitBox.units(of: .state(slowed.system.dimension)))
  }

  /// W at u, [N].
  func values(at units: Tensor) -> Tensor {
    withoutGradients { network.passage(at: units, along: .zeros(like: units)).values }
  }

  /// W and its rate along the system, relative to the equation's at the equilibrium's W, at u: [N] each.
  func valuesAndRates(at units: Tensor) -> (values: Tensor, relativeRates: Tensor) {
    withoutGradients {
      let passage = network.passage(at: units, along: slowed.slowedVelocity(at: units))
      return (passage.values, passage.rates * scale(at: units))
    }
  }

  private func fit(steps: Int, isCancelled: () -> Bool) {
    withoutGradients {
      let problem = Problem(
        slowed: slowed, saturation: saturation, equationWeight: settings.equationWeight,
        samples: samples, faces: faces, rising: rising, scale: scale)
      var candidate = network
      network.parameters = optimizer.minimize(
        from: network.parameters, steps: steps, isCancelled: isCancelled
      ) { parameters, isDifferentiated in
        candidate.parameters = parameters
        return problem.residuals(of: candidate, isDifferentiated)
      }
    }
  }

  /// What the equation's residual is divided by: its right-hand side, bounded from below.
  private func scale(at units: Tensor) -> Tensor {
    let density = slowed.density(at: units) * saturation
    let typical = 0.1 * saturation * Double(slowed.system.dimension) / 3
    return (density + typical).reciprocal
  }

  /// The residuals of a fit to fixed points.
  private struct Problem {
    let saturation: Double
    let equationWeight: Double
    let units, velocities, targets, isHome: Tensor
    /// α|u - c|² and the weight of the equation, [N].
    let decay, weight: Tensor
    let faces: Tensor
    let rising, risingVelocities, risingScale: Tensor

    init(
      slowed: SlowedSystem, saturation: Double, equationWeight: Double, samples: ZubovSamples,
      faces: Tensor, rising: Tensor, scale: (Tensor) -> Tensor
    ) {
      self.saturation = saturation
      self.equationWeight = equationWeight
      units = samples.units
      velocities = slowed.slowedVelocity(at: units)
      isHome = samples.costs.isFinite.to(.float64)
      let reached = 1 - (samples.costs * -saturation).exp
      targets = Tensor.select(
        samples.costs.isFinite, reached, .full(outside, reached.shape, dtype: .float64))
      decay = slowed.density(at: units) * saturation
      weight = isHome * scale(units) * equationWeight
      self.faces = faces
      self.rising = rising
      risingVelocities = slowed.slowedVelocity(at: rising)
      risingScale = scale(rising)
    }

    func residuals(of network: TanhNetwork, _ isDifferentiated: Bool) -> (Tensor, Tensor?) {
      let passage = network.passage(at: units, along: velocities)
      // Points from which nothing comes home are content with any value above the target.
      let isAsked = ((isHome .> 0.5) .| (passage.values .< outside)).to(.float64)
      let value = (passage.values - targets) * isAsked
      let equation = (passage.rates + decay * (1 - passage.values)) * weight
      let onFaces = network.passage(at: faces, along: .zeros(like: faces))
      let isLow = (onFaces.values .< outside).to(.float64)
      let atRising = network.passage(at: rising, along: risingVelocities)
      let excess = atRising.rates * risingScale + margin
      let isRising = ((excess .> 0) .& (atRising.values .< 1)).to(.float64)
      let rest = Tensor.concatenated(
        [value, equation, (onFaces.values - outside) * isLow, excess * isRising])
      guard isDifferentiated else { return (rest, nil) }
      func times(_ rows: Tensor, _ factors: Tensor) -> Tensor { rows * factors.unsqueezed(1) }
      let byValue = passage.derivatives(value: 1, rate: 0)
      let byRate = passage.derivatives(value: 0, rate: 1)
      return (
        rest,
        .concatenated([
          times(byValue, isAsked), times(byRate - times(byValue, decay), weight),
          times(onFaces.derivatives(value: 1, rate: 0), isLow),
          times(atRising.derivatives(value: 0, rate: 1), isRising * risingScale),
        ])
      )
    }
  }
}
