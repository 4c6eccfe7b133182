import Evaluations
import Verification

/// How the work of proving a region of attraction grows with the number of states, on a family of systems:
/// cells with two stable states each, coupled in a ring,
///
///     dx_i/dt = -x_i + x_i³ + k (x_{i+1} - x_i),    k = 0.2,
///
/// in the box [-1.3, 1.3]^d around the state 0. Without coupling its region is the cube (-1, 1)^d.
package struct AttractionGrowth: Codable, Sendable {
  /// What came of one number of states.
  package struct Entry: Codable, Sendable {
    package let dimension: Int
    /// Of the learned function: boxes of its proof, and the share of the simulated region.
    package let learned: AttractionStudy.Proven?
    package let quadratic: AttractionStudy.Proven?
    package let simulatedVolume: Double
    /// Of all proofs that were tried, and of all.
    package let provingSeconds: Double
    package let seconds: Double
  }

  package private(set) var entries: [Entry] = []

  package static let coupling = 0.2

  /// The system of d cells.
  package static func system(dimension: Int) -> DynamicalSystem {
    DynamicalSystem(
      equilibrium: .init(repeating: 0, count: dimension),
      box: .init(repeating: -1.3...1.3, count: dimension)
    ) { x in
      let next = x.selecting((0..<dimension).map { ($0 + 1) % dimension })
      return x.power(3) - x + (next - x) * coupling
    }
  }

  /// Proves a region for each number of states.
  ///
  /// - Parameter settings: of the search for d states.
  /// - Throws: as `AttractionSearch.run`.
  package init(
    dimensions: [Int], settings: (Int) -> AttractionSearch.Settings,
    progress: @escaping (Int, String) -> Void = { _, _ in }
  ) throws {
    for dimension in dimensions {
      let search = AttractionSearch(
        Self.system(dimension: dimension), settings: settings(dimension))
      let result = try search.run(progress: { progress(dimension, $1) })
      entries.append(
        Entry(
          dimension: dimension, learned: result.learned.map(AttractionStudy.Proven.init),
          quadratic: result.quadratic.map(AttractionStudy.Proven.init),
          simulatedVolume: result.truth.volume,
          provingSeconds: result.seconds[.proving, default: 0],
          seconds: result.seconds.values.reduce(0, +)))
    }
  }
}
