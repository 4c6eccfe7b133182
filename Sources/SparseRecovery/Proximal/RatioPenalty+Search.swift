import Foundation
import Tensors

extension RatioPenalty {
  /// For each number s of elements kept, the best of the points where the proximal objective can be
  /// stationary, [n, B] each; `d` [n, B] is not negative, `sorted` holds its columns descending.
  ///
  /// For a direction u, ‖u‖ = 1, the best length is ⟨u, d⟩, which leaves τN(u) - ½⟨u, d⟩² to
  /// minimise. On a support its stationary directions form one family: u ∝ d - θ for p = 1 and, for
  /// p = ½, u ∝ the larger root of z - d + μ / (2√z) = 0, because other lengths and multipliers
  /// only scale d. Each family is searched on a grid of its parameter and then by golden sections.
  func stationaryPoints(_ d: Tensor, sorted: Tensor, step: Tensor) -> [Tensor] {
    let n = d.shape[0]
    let sizes = Set([n, n / 2, n / 4, n / 8] + Array(1...16)).filter { (1...n).contains($0) }
    return sizes.sorted(by: >).map { count in
      let smallest = sorted[count - 1].unsqueezed(0)
      let isKept = d .>= smallest
      let limit = isHalf ? (smallest / 3).power(1.5) * 4 : smallest
      func point(_ parameter: Tensor) -> Tensor {
        let z = member(of: d, parameter) * isKept.to(d.dtype)
        let u = z / z.columnNorms.positiveOrOne
        return u * (u * d).columnSums
      }
      func cost(_ share: Tensor) -> Tensor {
        let z = point(share * limit)
        return ratio(z) * step + (z - d).squared.columnSums / 2
      }
      return point(Self.minimizer(of: cost, like: limit) * limit)
    }
  }

  /// The family's member, 0 where there is none.
  private func member(of d: Tensor, _ parameter: Tensor) -> Tensor {
    guard isHalf else { return (d - parameter).relu }
    let third = (d / 3).positiveOrOne
    let angle = (parameter / 4 * third.power(-1.5)).minimum(1).acos
    return d * (((angle - Double.pi) * (2.0 / 3)).cos + 1) * (2.0 / 3)
  }

  /// Where in [0, 1] each column's cost is least.
  private static func minimizer(of cost: (Tensor) -> Tensor, like column: Tensor) -> Tensor {
    let points = 64
    let ones = Tensor.ones(like: column)
    let costs = (0...points).map { cost(ones * (Double($0) / Double(points))) }
    let best = Tensor.concatenated(costs).argMin(along: 0).unsqueezed(0).to(column.dtype)
    var low = (best - 1).relu / Double(points)
    var high = (best + 1).minimum(Double(points)) / Double(points)
    let golden = (5.0.squareRoot() - 1) / 2
    for _ in 0..<45 {
      let width = (high - low) * golden
      let (left, right) = (high - width, low + width)
      let isLeft = cost(left) .< cost(right)
      (low, high) = (
        Tensor.select(isLeft, low, left), Tensor.select(isLeft, right, high)
      )
    }
    return (low + high) / 2
  }
}
