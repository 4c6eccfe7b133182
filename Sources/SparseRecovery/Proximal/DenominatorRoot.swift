import Tensors

/// The length of a ratio's denominator: the minimiser t > 0 of
///
///     a / t^p + ρ/2 (t - η)²,   p = ½ or 1,
///
/// with η = ‖d‖ and a ≥ 0. It is strictly convex on t > 0, so there is one minimiser.
///
/// For p = ½ it is the root of t^³ᐟ²(t - η) = D, D = a / (2ρ): with s = √t the quintic
/// s⁵ - ηs³ - D, which has one positive root by Descartes' rule of signs. Newton's method is applied
/// to h(δ) = (η + δ)^³ᐟ² δ - D with δ = t - η, which loses no digits where a is small; h is convex
/// and increasing, and the start min(D^⅖, D/η^³ᐟ²) is above the root, so it descends to it.
///
/// For p = 1 it is the cubic t²(t - η) = D, D = a / ρ, in closed form (Rahimi, Wang, Dong, Lou,
/// SISC 2019): t = ηT, T = (1 + C + 1/C) / 3, C³ = (g + √(g² - 4)) / 2, g = 27D/η³ + 2. Where η is
/// next to nothing beside D^⅓, g is too large for a number, and t is D^⅓ + η/3 to rounding.
package enum DenominatorRoot {
  /// t - η for p = ½ from η ≥ 0 and D ≥ 0, elementwise.
  package static func halfExcess(eta: Tensor, d: Tensor) -> Tensor {
    let start = d.power(0.4)
    var delta = Tensor.select(
      eta .> 0, start.minimum(d / eta.positiveOrOne.power(1.5)), start)
    for _ in 0..<30 {
      let t = eta + delta
      let root = t.squareRoot
      let slope = root * delta * 1.5 + t * root
      let move = (t * root * delta - d) / slope.positiveOrOne
      delta = delta - move
      if !(move.magnitude .> delta * 1e-16).any().isTrue { break }
    }
    return Tensor.select(d .> 0, delta, .zeros(like: delta))
  }

  /// t for p = 1 from η ≥ 0 and D ≥ 0, elementwise.
  package static func firstRoot(eta: Tensor, d: Tensor) -> Tensor {
    let least = d.power(1.0 / 3)
    let isSmall = eta .<= least * 1e-8
    let safe = Tensor.select(isSmall, .ones(like: eta), eta)
    let g = d / safe.power(3) * 27 + 2
    let c = ((g + (g.squared - 4).relu.squareRoot) / 2).power(1.0 / 3)
    return Tensor.select(isSmall, least + eta / 3, safe * (c + c.reciprocal + 1) / 3)
  }
}
