/// What is added to bounds that are computed in float64, so that they hold in spite of rounding.
///
/// A result of `n` roundings is off by at most γ(n) = n u / (1 - n u) times the sum of the magnitudes
/// of all that entered, whatever the order of the sums (Rump, Ogita and Oishi 2008; Higham 2002,
/// chapter 3), with u = 2^-53. What is added is 2 n u times that sum: twice what is needed, which
/// covers the rounding of the bound itself for every n that occurs.
enum Rounding {
  /// u, half of the spacing of float64 above 1.
  static let unit = 0x1p-53

  /// A bound of the relative error of exp, log, tanh, sin and their like as libtorch computes them: 4
  /// units in the last place, each of at most 2u. What they do is tested against many digits.
  static let function = 8 * unit

  /// Covers what is lost below the smallest normal number.
  static let smallest = 1e-300

  /// The factor for `count` roundings.
  static func factor(_ count: Int) -> Double { 2 * Double(count) * unit }
}
