import Foundation
import Tensors

extension Convolution {
  /// An upper bound of the spectral norm of the convolution of maps [inputs, rows, columns]: that of
  /// its matrix where that is small, or else `circularBound(mapSize:)`.
  ///
  /// - Parameter mapSize: rows and columns of the maps that enter.
  public func lipschitzBound(mapSize: [Int]) -> Double {
    let inputs = weight.shape[1] * mapSize.reduce(1, *)
    let outputs = weight.shape[0] * self.mapSize(after: mapSize).reduce(1, *)
    return inputs <= 2048 && min(inputs, outputs) <= 512
      ? matrixBound(mapSize: mapSize) : circularBound(mapSize: mapSize)
  }

  /// The bound of the matrix written out, within 0.3 per cent.
  package func matrixBound(mapSize: [Int]) -> Double {
    withoutGradients {
      let shape = [weight.shape[1]] + mapSize
      let count = shape.reduce(1, *)
      let basis = Tensor.identity(count, dtype: .float64, device: weight.device)
      return basis.reshaped([count] + shape).convolved(
        weight: weight.detached.to(.float64), stride: stride, padding: padding
      ).flattened(from: 1).spectralNormBounds.item
    }
  }

  /// A bound from the circular convolution, mostly within a few per cent of the norm unless the maps
  /// are hardly larger than the kernel.
  ///
  /// **Strides.** Pixels whose places agree modulo the stride s make up s² smaller maps, on which
  /// the convolution is one of stride 1 with a kernel of ⌈k/s⌉² taps and s² times the inputs.
  ///
  /// **Zeros.** With zeros around, that convolution is part of the matrix of the circular one on a
  /// torus of P + q - 1 rows, if P rows of a map hold pixels and the kernel has q. The circular one
  /// is a block for each frequency ω of the torus, Σ_tap W_tap e^(-i ω·tap) [outputs, inputs], so
  /// its norm is the largest of the blocks' (Sedghi, Gupta, Long 2019), each bounded by Gram
  /// iteration. Frequencies ω and -ω have the same norm.
  package func circularBound(mapSize: [Int]) -> Double {
    withoutGradients {
      let taps = phaseKernel
      let (outputs, inputs, size) = (taps.shape[0], taps.shape[1], taps.shape[2])
      let torus = mapSize.map { extent in
        (padding + extent - 1) / stride - padding / stride + size
      }
      // [q², outputs · inputs]
      let weights = taps.reshaped([outputs * inputs, size * size]).transposed
      let angles = Self.angles(torus: torus, size: size, device: weight.device)
      let chunkSize = max(1, 4_000_000 / (outputs * inputs))
      var greatest = LargestNorm()
      for start in Swift.stride(from: 0, to: angles.shape[0], by: chunkSize) {
        let part = angles.sliced(start..<min(start + chunkSize, angles.shape[0]))
        greatest.include(
          GramIteration(
            real: part.cos.matmul(weights).reshaped([-1, outputs, inputs]),
            imaginary: part.sin.matmul(weights).reshaped([-1, outputs, inputs])))
      }
      return greatest.bound
    }
  }

  /// The kernel of stride 1 on the s² maps of pixels, [outputs, inputs s², q, q] in float64.
  private var phaseKernel: Tensor {
    let kernel = weight.detached.to(.float64).contiguous()
    if stride == 1 { return kernel }
    let (outputs, inputs, size) = (kernel.shape[0], kernel.shape[1], kernel.shape[2])
    let count = (size + stride - 1) / stride
    let missing = count * stride - size
    return kernel.padded([0, missing, 0, missing])
      .reshaped([outputs, inputs, count, stride, count, stride])
      .permuted([0, 1, 3, 5, 2, 4])
      .reshaped([outputs, inputs * stride * stride, count, count])
  }

  /// ω·tap for one frequency of each pair ±ω of a torus, [frequencies, q²].
  private static func angles(torus: [Int], size: Int, device: Device) -> Tensor {
    func angles(_ extent: Int, _ frequencies: Int) -> Tensor {
      let frequency = Tensor.range(frequencies, dtype: .float64, device: device).unsqueezed(1)
      let tap = Tensor.range(size, dtype: .float64, device: device).unsqueezed(0)
      return frequency * tap * (2 * Double.pi / Double(extent))
    }
    let rows = angles(torus[0], torus[0] / 2 + 1)
    let columns = angles(torus[1], torus[1])
    return
      (rows.reshaped([-1, 1, size, 1]) + columns.reshaped([1, -1, 1, size]))
      .reshaped([-1, size * size])
  }
}

/// The largest norm of many matrices, from above. Those that cannot be the largest are left out of
/// further squarings.
private struct LargestNorm {
  private(set) var bound = 0.0
  /// What the largest norm is at least.
  private var attained = 0.0

  mutating func include(_ iteration: GramIteration) {
    var iteration = iteration
    for _ in 0..<GramIteration.squarings {
      iteration.square()
      let bounds = iteration.bounds.doubles
      attained = max(attained, (bounds.max() ?? 0) / iteration.excess)
      let places = bounds.indices.filter { bounds[$0] >= attained }
      if places.isEmpty { return }
      if places.count < bounds.count { iteration = iteration.selecting(places) }
    }
    bound = max(bound, iteration.bounds.max().item)
  }
}
