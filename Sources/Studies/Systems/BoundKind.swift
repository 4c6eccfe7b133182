import Evaluations
import Verification

/// The ways to bound a program over boxes, by name.
package enum BoundKind: String, Codable, Sendable, CaseIterable {
  case interval, linear, backward
  case meanValue = "mean-value"

  package var method: any BoundMethod {
    switch self {
    case .interval: IntervalBounds()
    case .linear: LinearBounds()
    case .backward: BackwardBounds()
    case .meanValue: MeanValueBounds()
    }
  }
}
