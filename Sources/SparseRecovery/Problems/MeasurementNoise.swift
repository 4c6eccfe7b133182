import Foundation
import Tensors

/// Levels of noise and error, in decibels.
public enum MeasurementNoise {
  /// Measurements [m, B] with normal noise added so that 20 log₁₀(‖b‖ / ‖noise‖) is exactly the
  /// given level for each column.
  public static func adding(decibels: Double, to b: Tensor, from generator: RandomGenerator)
    -> Tensor
  {
    let noise = generator.normal(b.shape, dtype: .float64)
    return b + noise * (b.columnNorms / noise.columnNorms) * pow(10, -decibels / 20)
  }

  /// 20 log₁₀(‖x‖ / ‖x - found‖) of each column.
  public static func signalToError(of found: Tensor, truth x: Tensor) -> [Double] {
    zip(x.columnNorms.doubles, (x - found).columnNorms.doubles).map { 20 * log10($0 / $1) }
  }
}
