import Foundation
import Tensors

/// The discrete Fourier transform of real maps [H, W, N, C] on a torus as an orthogonal matrix of real
/// numbers, so that it is two matrix products whose results lie frequency by frequency in memory:
///
///     X(ω) = (HW)^-1/2 Σ_p x(p) e^{-iω·p},
///
/// of which real maps need one of each pair ±ω, times √2, and only the real part where ω = -ω. Along
/// each axis of small maps this is quicker than a fast transform, which would also leave the numbers in an
/// order to be undone before channels can be mixed.
struct TorusTransform: Sendable {
  /// H and W.
  let size: [Int]
  /// Along columns of pixels, [H, H]: rows for the frequencies that are their own opposite, then the
  /// cosine and the negative sine of each other pair.
  private let rows: Tensor
  /// Along rows of pixels, for what is real after the first step, one for each of its frequencies, [rH, W, W]:
  /// frequencies that are their own opposite, then all cosines, then all negative sines.
  private let realColumns: Tensor
  /// Of complex numbers, real parts before imaginary ones on either side, [pH, 2W, 2W].
  private let complexColumns: Tensor

  /// Frequencies of one axis that are their own opposite.
  private var real: [Int] { size.map { $0 % 2 == 0 ? 2 : 1 } }
  /// Pairs of the others.
  private var pairs: [Int] { zip(size, real).map { ($0 - $1) / 2 } }

  init(size: [Int], dtype: DType, device: Device) {
    self.size = size
    func stored(_ x: Tensor, copies: Int) -> Tensor {
      x.unsqueezed(0).expanded([copies] + x.shape).contiguous().to(dtype).to(device)
    }
    rows = Self.realMatrix(size[0], inPairs: true).to(dtype).to(device)
    let (real, pairs) = (size[0] % 2 == 0 ? 2 : 1, (size[0] - 1) / 2)
    realColumns = stored(Self.realMatrix(size[1], inPairs: false), copies: real)
    complexColumns = stored(Self.complexMatrix(size[1]), copies: pairs)
  }

  private init(_ transform: TorusTransform, dtype: DType) {
    size = transform.size
    (rows, realColumns, complexColumns) = (
      transform.rows.to(dtype), transform.realColumns.to(dtype),
      transform.complexColumns.to(dtype)
    )
  }

  func evaluated(in dtype: DType) -> TorusTransform { TorusTransform(self, dtype: dtype) }

  /// Maps by frequency, in parts [F, N, C]: one of the real numbers of frequencies that are their own
  /// opposite, and of each other kind, where there is one, the real and the imaginary parts.
  func spectrum(of x: Tensor) -> [[Tensor]] {
    let (n, c) = (x.shape[2], x.shape[3])
    func part(_ matrices: Tensor, _ range: Range<Int>, _ values: Tensor) -> Tensor {
      matrices.sliced(range, along: 1).matmul(values).reshaped([-1, n, c])
    }
    let y = rows.matmul(x.reshaped([size[0], -1]))
    let edge = y.sliced(0..<real[0]).reshaped([real[0], size[1], -1])
    var parts = [[part(realColumns, 0..<real[1], edge)]]
    if pairs[1] > 0 {
      parts.append(columnPairs.map { part(realColumns, $0, edge) })
    }
    if pairs[0] > 0 {
      let inner = y.sliced(real[0]..<size[0]).reshaped([pairs[0], 2 * size[1], -1])
      parts.append(columnHalves.map { part(complexColumns, $0, inner) })
    }
    return parts
  }

  /// The inverse, which is the transpose.
  func maps(of spectrum: [[Tensor]]) -> Tensor {
    let (n, c) = (spectrum[0][0].shape[1], spectrum[0][0].shape[2])
    func sum(_ terms: [(matrices: Tensor, range: Range<Int>, values: Tensor)]) -> Tensor {
      let products = terms.map { term in
        (
          term.matrices.sliced(term.range, along: 1).transposed,
          term.values.reshaped([term.matrices.shape[0], -1, n * c])
        )
      }
      return products.dropFirst().reduce(products[0].0.matmul(products[0].1)) {
        $0.adding(productOf: $1.0, $1.1)
      }
    }
    var rest = spectrum.dropFirst()
    var edge = [(matrices: realColumns, range: 0..<real[1], values: spectrum[0][0])]
    if pairs[1] > 0 {
      edge += zip(columnPairs, rest.removeFirst()).map { (realColumns, $0, $1) }
    }
    let edgeRows = rows.sliced(0..<real[0]).transposed
    var y = edgeRows.matmul(sum(edge).reshaped([real[0], -1]))
    if pairs[0] > 0 {
      let inner = sum(zip(columnHalves, rest.removeFirst()).map { (complexColumns, $0, $1) })
      y = y.adding(
        productOf: rows.sliced(real[0]..<size[0]).transposed,
        inner.reshaped([2 * pairs[0], -1]))
    }
    return y.reshaped([size[0], size[1], n, c])
  }

  /// Rows of `realColumns` that hold cosines, and negative sines.
  private var columnPairs: [Range<Int>] {
    [real[1]..<real[1] + pairs[1], real[1] + pairs[1]..<size[1]]
  }
  /// Rows of `complexColumns` that hold real parts, and imaginary ones.
  private var columnHalves: [Range<Int>] { [0..<size[1], size[1]..<2 * size[1]] }

  /// Fourier series of a kernel's taps, placed at rows and columns 0, 1, ...: for each part of a spectrum
  /// cos(ω·tap) and, if it is complex, -sin(ω·tap), [F, taps]. Not normalised: a convolution's factor.
  struct Phases: Sendable {
    let real: Tensor
    let complex: [(cosine: Tensor, negativeSine: Tensor)]
  }

  func phases(kernel: Int, dtype: DType, device: Device) -> Phases {
    func angle(_ frequency: Int, _ place: Int, _ extent: Int) -> Double {
      2 * Double.pi * Double(frequency * place % extent) / Double(extent)
    }
    func angles(_ frequencies: [(Int, Int)]) -> Tensor {
      var values: [Double] = []
      for (f, g) in frequencies {
        for tap in 0..<kernel * kernel {
          values.append(angle(f, tap / kernel, size[0]) + angle(g, tap % kernel, size[1]))
        }
      }
      return Tensor(values, shape: [frequencies.count, kernel * kernel])
    }
    func stored(_ x: Tensor) -> Tensor { x.to(dtype).to(device) }
    func own(_ axis: Int) -> [Int] { real[axis] == 2 ? [0, size[axis] / 2] : [0] }
    func positive(_ axis: Int) -> [Int] { (0..<pairs[axis]).map { $0 + 1 } }
    func product(_ a: [Int], _ b: [Int]) -> [(Int, Int)] { a.flatMap { i in b.map { (i, $0) } } }
    let groups = [
      product(own(0), positive(1)), product(positive(0), Array(0..<size[1])),
    ].filter { !$0.isEmpty }.map(angles)
    return Phases(
      real: stored(angles(product(own(0), own(1))).cos),
      complex: groups.map { (stored($0.cos), stored(-$0.sin)) })
  }

  /// What the matrices with just these numbers stretch by at most, squared; about 1.
  var squaredNormBound: Double {
    let rowDefect = OrthonormalBasis.defect(rows)
    let columnDefect = max(
      OrthonormalBasis.defect(realColumns[0]),
      pairs[0] > 0 ? OrthonormalBasis.defect(complexColumns[0]) : 0)
    return (1 + rowDefect) * (1 + columnDefect)
  }

  /// What one transform, there or back, errs by for maps of norm 1.
  func rounding(_ dtype: DType) -> Double {
    let column = max(
      realColumns.magnitudeNormBound, pairs[0] > 0 ? complexColumns.magnitudeNormBound : 0)
    let first = dtype.sumError(size[0]) * rows.magnitudeNormBound
    let second = dtype.sumError(2 * size[1]) * column
    return squaredNormBound * (first + second + first * second)
  }

  /// The transform of real sequences of length n, orthonormal, float64.
  ///
  /// - Parameter inPairs: whether each cosine's row is followed by that of its negative sine.
  private static func realMatrix(_ n: Int, inPairs: Bool) -> Tensor {
    let edge = 1 / Double(n).squareRoot()
    let inner = (2 / Double(n)).squareRoot()
    var values = [Double](repeating: edge, count: n)
    if n % 2 == 0 { values += (0..<n).map { $0 % 2 == 0 ? edge : -edge } }
    var cosines: [[Double]] = []
    var sines: [[Double]] = []
    for frequency in 0..<(n - 1) / 2 {
      let angles = self.angles(frequency + 1, n)
      cosines.append(angles.map { inner * Foundation.cos($0) })
      sines.append(angles.map { -inner * Foundation.sin($0) })
    }
    let rest = inPairs ? zip(cosines, sines).flatMap { [$0, $1] } : cosines + sines
    return Tensor(values + rest.joined(), shape: [n, n])
  }

  /// The unitary transform of complex sequences of length n, real parts before imaginary ones.
  private static func complexMatrix(_ n: Int) -> Tensor {
    let scale = 1 / Double(n).squareRoot()
    let cosines = (0..<n).map { angles($0, n).map { scale * Foundation.cos($0) } }
    let sines = (0..<n).map { angles($0, n).map { scale * Foundation.sin($0) } }
    let realParts = zip(cosines, sines).flatMap { $0 + $1 }
    let imaginaryParts = zip(cosines, sines).flatMap { c, s in s.map { -$0 } + c }
    return Tensor(realParts + imaginaryParts, shape: [2 * n, 2 * n])
  }

  /// 2π f p / n at the places p of a sequence.
  private static func angles(_ frequency: Int, _ n: Int) -> [Double] {
    (0..<n).map { 2 * Double.pi * Double(frequency * $0 % n) / Double(n) }
  }
}
