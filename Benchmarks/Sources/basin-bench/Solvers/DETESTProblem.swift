import Foundation
import Tensors

/// A problem of DETEST (Hull, Enright, Fellen, Sedgwick, "Comparing numerical methods for ordinary
/// differential equations", SIAM J. Numer. Anal. 9, 1972), to be solved from t = 0 to 20.
struct DETESTProblem: Sendable {
  let name: String
  let initial: [Double]
  /// dy/dt of the time and the elements of y, each [1].
  let rates: @Sendable (Double, [Tensor]) -> [Tensor]

  /// The field on states [1, d].
  func field(_ time: Double, _ state: Tensor) -> Tensor {
    let parts = initial.indices.map { state.sliced($0..<$0 + 1, along: 1) }
    return .concatenated(rates(time, parts), along: 1)
  }

  static let all: [DETESTProblem] =
    single + systems + [chain] + [0.1, 0.3, 0.5, 0.7, 0.9].enumerated().map(orbit) + higherOrder

  private static let single: [DETESTProblem] = [
    .init(name: "A1", initial: [1]) { _, y in [-y[0]] },
    .init(name: "A2", initial: [1]) { _, y in [y[0].power(3) * -0.5] },
    .init(name: "A3", initial: [1]) { t, y in [y[0] * cos(t)] },
    .init(name: "A4", initial: [1]) { _, y in [y[0] * 0.25 * (1 - y[0] / 20)] },
    .init(name: "A5", initial: [4]) { t, y in [(y[0] - t) / (y[0] + t)] },
  ]

  private static let systems: [DETESTProblem] = [
    .init(name: "B1", initial: [1, 3]) { _, y in
      [(y[0] - y[0] * y[1]) * 2, -(y[1] - y[0] * y[1])]
    },
    .init(name: "B2", initial: [2, 0, 1]) { _, y in
      [-y[0] + y[1], y[0] - y[1] * 2 + y[2], y[1] - y[2]]
    },
    .init(name: "B3", initial: [1, 0, 0]) { _, y in
      [-y[0], y[0] - y[1].squared, y[1].squared]
    },
    .init(name: "B4", initial: [3, 0, 0]) { _, y in
      let radius = (y[0].squared + y[1].squared).squareRoot
      return [-y[1] - y[0] * y[2] / radius, y[0] - y[1] * y[2] / radius, y[0] / radius]
    },
    .init(name: "B5", initial: [0, 1, 1]) { _, y in
      [y[1] * y[2], -y[0] * y[2], y[0] * y[1] * -0.51]
    },
  ]

  private static let chain = DETESTProblem(
    name: "C1", initial: [1] + [Double](repeating: 0, count: 9)
  ) { _, y in
    [-y[0]] + (1..<9).map { y[$0 - 1] - y[$0] } + [y[8]]
  }

  private static func orbit(_ place: Int, _ eccentricity: Double) -> DETESTProblem {
    .init(
      name: "D\(place + 1)",
      initial: [1 - eccentricity, 0, 0, ((1 + eccentricity) / (1 - eccentricity)).squareRoot()]
    ) { _, y in
      let distance = (y[0].squared + y[1].squared).power(1.5)
      return [y[2], y[3], -y[0] / distance, -y[1] / distance]
    }
  }

  private static let higherOrder: [DETESTProblem] = [
    .init(name: "E1", initial: [0.6713967071418030, 0.09540051444747446]) { t, y in
      [y[1], -(y[1] / (t + 1) + y[0] * (1 - 0.25 / ((t + 1) * (t + 1))))]
    },
    .init(name: "E2", initial: [2, 0]) { _, y in [y[1], (1 - y[0].squared) * y[1] - y[0]] },
    .init(name: "E3", initial: [0, 0]) { t, y in
      [y[1], y[0].power(3) / 6 - y[0] + 2 * sin(2.78535 * t)]
    },
    .init(name: "E4", initial: [30, 0]) { _, y in [y[1], y[1].squared * -0.4 + 0.032] },
    .init(name: "E5", initial: [0, 0]) { t, y in
      [y[1], (y[1].squared + 1).squareRoot / (25 - t)]
    },
  ]
}
