import Foundation
import Tensors

/// The largest |a - b| of any element.
package func largestDifference(_ a: Tensor, _ b: Tensor) -> Double {
  precondition(a.shape == b.shape, "largestDifference of \(a.shape) and \(b.shape)")
  return (a.detached.to(.float64) - b.detached.to(.float64)).magnitude.max().item
}

/// The largest |a - b| of any element.
package func largestDifference(_ a: Tensor, _ b: Double) -> Double {
  (a.detached.to(.float64) - b).magnitude.max().item
}

/// Whether two tensors hold the same bits.
package func areIdentical(_ a: Tensor, _ b: Tensor) -> Bool {
  a.shape == b.shape && a.dtype == b.dtype && a.bytes == b.bytes
}

package func int64(_ values: [Int]) -> Tensor { Tensor(values.map(Int64.init)) }

/// `count` numbers from `lower` to `upper` in equal ratios.
package func geometric(_ count: Int, from lower: Double, to upper: Double) -> [Double] {
  (0..<count).map { lower * pow(upper / lower, Double($0) / Double(count - 1)) }
}

/// ||a - b|| / ||b||; infinite where the shapes differ.
package func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape == b.shape else { return .infinity }
  let (x, y) = (a.detached.to(.float64), b.detached.to(.float64))
  let scale = y.norm.item
  return (x - y).norm.item / (scale == 0 ? 1 : scale)
}

/// ||a - b|| / ||b||; infinite where the counts differ.
package func relativeError(_ a: [Double], _ b: [Double]) -> Double {
  relativeError(Tensor(a), Tensor(b))
}
