import DifferentialEquations
import Foundation
import Tensors

/// y' = y cos t, elementwise; y(t) = y(0) e^(sin t).
let modulatedGrowth: @Sendable (Double, Tensor) -> Tensor = { t, y in
  y * Tensor(t, dtype: y.dtype).cos
}

/// Two bodies, one of them heavy and at 0: states are (position, velocity) in the plane, [N, 4].
let keplerField: @Sendable (Tensor) -> Tensor = { y in
  let place = y.sliced(0..<2, along: 1)
  let distance = place.squared.sum(along: 1).unsqueezed(1).power(1.5)
  return .concatenated([y.sliced(2..<4, along: 1), -place / distance], along: 1)
}

/// Its ellipse of eccentricity 1/2 and period 2π, at time t from where it is nearest.
func keplerState(at time: Double) -> Tensor {
  let e = 0.5
  var anomaly = time
  for _ in 0..<30 { anomaly -= (anomaly - e * sin(anomaly) - time) / (1 - e * cos(anomaly)) }
  let rate = 1 / (1 - e * cos(anomaly))
  let minor = (1 - e * e).squareRoot()
  return Tensor(
    [
      cos(anomaly) - e, minor * sin(anomaly), -sin(anomaly) * rate, minor * cos(anomaly) * rate,
    ], shape: [1, 4])
}

func column(_ values: [Double]) -> Tensor { Tensor(values, shape: [values.count, 1]) }

/// |a - b| at its largest.
func largestError(_ a: Tensor, _ b: Tensor) -> Double {
  withoutGradients { (a - b).magnitude.max().item }
}

/// e^A, by Taylor's series of A / 2^10, squared ten times.
func matrixExponential(_ a: Tensor) -> Tensor {
  let scaled = a * (1 / 1024)
  let identity = Tensor.identity(a.shape[0], dtype: a.dtype)
  var (sum, term) = (identity, identity)
  for power in 1...12 {
    term = term.matmul(scaled) * (1 / Double(power))
    sum += term
  }
  for _ in 0..<10 { sum = sum.matmul(sum) }
  return sum
}

/// f(y) = W2 tanh(W0 y + b0) + b2.
struct TestField {
  let parameters: [Tensor]

  init(dimension: Int, hidden: Int, seed: UInt64, dtype: DType) {
    let generator = RandomGenerator(seed: seed)
    parameters = [[hidden, dimension], [hidden], [dimension, hidden], [dimension]].map {
      generator.normal($0, deviation: 0.5, dtype: dtype).differentiable()
    }
  }

  func callAsFunction(_ y: Tensor) -> Tensor {
    y.linear(weight: parameters[0], bias: parameters[1]).tanh
      .linear(weight: parameters[2], bias: parameters[3])
  }
}

/// Whether two tensors hold the same bits.
func areIdentical(_ a: Tensor, _ b: Tensor) -> Bool {
  a.shape == b.shape && a.dtype == b.dtype && a.bytes == b.bytes
}
