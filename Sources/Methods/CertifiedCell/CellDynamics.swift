import Foundation
import NeuralNetworks
import Settings
import Tensors

/// The field that turns cells into regions of attraction, whatever its parameters:
///
///     f(h) = γ [a(h) μ (c_i - h) + n S(h) x / √(D² + ‖x‖²)],
///     x = h - c_i,   γ = ρ / (1 + ρ),   n = η a_0 μ D / 2,
///
/// with i the cell of h and ρ how deep h lies in it (`VoronoiCells`), rates a in [a_0, a_1] and skew
/// S of norm 1 at most,
///
///     a = a_0 + (a_1 - a_0) sigmoid(N_0(h)),   S = (p qᵀ - q pᵀ) / (‖p‖ ‖q‖),   (N_0, p, q) = N(h),
///
/// of a perceptron N with any weights. f vanishes where cells meet, and is continuous there.
///
/// For 0 ≤ η < 1 no solution leaves its cell, ρ(t) ≥ min(ρ(0), 1 - η), and each converges to the
/// centre at the rate a_0 μ ρ / (1 + ρ) at least. With η = 0 and a = 1 Zubov's equation for cells
/// (`CellEquation`) is solved exactly. Proofs are in Documentation/Certified.md.
public struct CellDynamics: Sendable {
  /// How fast the field leads to the centres.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("μ: the odds W / (1 - W) fall by exp(-μT) from h(0) to h(T)", .positive)
    public var speed = 2.0
    @Setting("a_0, the least factor of the speed", .positive(upTo: 1e3))
    public var leastRate = 1.0
    @Setting("a_1, the greatest; a_0 leaves it constant", .positive(upTo: 1e3))
    public var greatestRate = 1.0
    @Setting(
      "η, the share of the pull that a rotation may take up; 0 leaves it out", .shareBelowOne)
    public var rotation = 0.0
    /// Hidden width of the perceptron; there is none where a = a_0 and η = 0.
    @Setting("hidden width of the perceptron of rate and rotation", .width)
    public var hidden = 64

    public init() {}

    /// Whether the rate is 1 everywhere and nothing rotates: there is nothing to learn, and the
    /// solution is known.
    public var isRadial: Bool { leastRate == greatestRate && rotation == 0 }
  }

  /// Speed, rates and rotation.
  public let settings: Settings
  private let network: (first: Linear, second: Linear)?

  private init(_ settings: Settings, network: (first: Linear, second: Linear)?) {
    self.settings = settings
    self.network = network
  }

  /// The same with constant weights in another element type.
  func constant(in dtype: DType) -> CellDynamics {
    func layer(_ layer: Linear) -> Linear {
      Linear(weight: layer.weight.detached.to(dtype), bias: layer.bias?.detached.to(dtype))
    }
    return CellDynamics(settings, network: network.map { (layer($0.first), layer($0.second)) })
  }

  /// - Parameter dimension: d of the states.
  /// - Throws: `SettingsError` if the rates are out of order.
  public init(
    _ settings: Settings, dimension: Int, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) throws {
    try SettingsError.require(
      settings.greatestRate >= settings.leastRate, "greatestRate",
      "at least the least rate, \(settings.leastRate)", settings.greatestRate)
    self.settings = settings
    guard !settings.isRadial else {
      network = nil
      return
    }
    network = (
      Linear(
        inputs: dimension, outputs: settings.hidden, generator: generator, dtype: dtype,
        device: device),
      Linear(
        inputs: settings.hidden, outputs: 1 + 2 * dimension, generator: generator, dtype: dtype,
        device: device)
    )
  }

  /// The perceptron's weights; empty where there is none.
  public var state: ModuleState {
    network.map { $0.first.state.prefixed("0") + $0.second.state.prefixed("2") } ?? ModuleState()
  }

  /// f on the cells, of states [N, d], recorded.
  public func velocity(in cells: VoronoiCells) -> (Tensor) -> Tensor {
    let (speed, least) = (settings.speed, settings.leastRate)
    return { states in
      let place = cells.place(of: states)
      let x = states - place.center
      let share = place.depth / (place.depth + 1)
      guard let network else { return x * (share * (-speed * least)) }
      let output = network.second(network.first(states).tanh)
      let rate = output.sliced(0..<1, along: 1).sigmoid * (settings.greatestRate - least) + least
      let pull = x * (rate * -speed)
      guard settings.rotation > 0 else { return pull * share }
      return (pull + rotation(x, by: output, in: cells)) * share
    }
  }

  /// n S x / √(D² + ‖x‖²).
  private func rotation(_ x: Tensor, by output: Tensor, in cells: VoronoiCells) -> Tensor {
    let dimension = x.shape[1]
    let p = output.sliced(1..<1 + dimension, along: 1)
    let q = output.sliced(1 + dimension..<1 + 2 * dimension, along: 1)
    func product(_ a: Tensor, _ b: Tensor) -> Tensor { (a * b).sum(along: 1, keeping: true) }
    let lengths = (product(p, p) * product(q, q)).maximum(1e-30).squareRoot
    let turned = (p * product(q, x) - q * product(p, x)) / lengths
    let size = settings.rotation * settings.leastRate * settings.speed / 2
    let spread = (product(x, x) + cells.spacing.squared).squareRoot
    return turned * (cells.spacing * size) / spread
  }
}

extension CellDynamics {
  /// The solution at a time of a field that is radial, from states [N, d], recorded:
  ///
  ///     h(t) = c_i + q (h(0) - c_i),   q = 2 / ((1 - ρ) + √((1 - ρ)² + 4 ρ e^{μt})),
  ///
  /// with ρ that of h(0) and μ the speed times the rate: x keeps its direction, ρ = 1 - q (1 - ρ(0))
  /// since depths are affine, and ρ / q² grows like e^{μt}.
  ///
  /// - Precondition: the settings are radial.
  public func closedForm(_ states: Tensor, at time: Double, in cells: VoronoiCells) -> Tensor {
    precondition(settings.isRadial, "the closed form of a field that is not radial")
    let place = cells.place(of: states)
    // Numerator and denominator times e^{-μt/2}, which does not overflow.
    let decay = max(exp(-settings.speed * settings.leastRate * time / 2), 1e-18)
    let lack = (1 - place.depth) * decay
    let share = 2 * decay / (lack + (lack.squared + place.depth * 4).squareRoot)
    return place.center + (states - place.center) * share
  }
}
