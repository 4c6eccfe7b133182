import Tensors

/// The polynomials of several degrees that fit a window of equally spaced samples best, by least squares: their
/// derivatives at the samples (Savitzky and Golay 1964, at every place of the window), and what they leave.
struct PolynomialFits {
  /// From 1 up to 6, as far as samples are left over to tell noise by.
  let degrees: [Int]
  /// Takes a window to the derivatives by s in [-1, 1] of each polynomial, [Q K, K].
  private let slopes: Tensor
  /// Takes a window to what each polynomial leaves of it, [Q K, K].
  private let remainders: Tensor

  /// - Parameter windowSize: K, at least 3.
  init(windowSize: Int) {
    let s = SymbolicFunctions.places(windowSize).unsqueezed(1)
    let identity = Tensor.identity(windowSize, dtype: .float64)
    degrees = Array(1...min(6, windowSize - 2))
    let fits = degrees.map { degree in
      let powers = (0...degree).map { s.power(Double($0)) }
      let derivatives = (0...degree).map {
        $0 == 0 ? Tensor.zeros(like: s) : s.power(Double($0 - 1)) * Double($0)
      }
      let basis = Tensor.concatenated(powers, along: 1)
      let coefficients = basis.leastSquares(identity)
      return (
        Tensor.concatenated(derivatives, along: 1).matmul(coefficients),
        identity - basis.matmul(coefficients)
      )
    }
    slopes = .concatenated(fits.map(\.0))
    remainders = .concatenated(fits.map(\.1))
  }

  private func applied(_ map: Tensor, to windows: Tensor) -> Tensor {
    windows.linear(weight: map).reshaped([windows.shape[0], degrees.count, windows.shape[1]])
  }

  /// dx/ds at the samples of windows [N, K] by each polynomial, [N, Q, K].
  func derivatives(of windows: Tensor) -> Tensor { applied(slopes, to: windows) }

  /// The sum of squares that each polynomial leaves of windows [N, K], [N, Q].
  func residuals(of windows: Tensor) -> Tensor {
    applied(remainders, to: windows).squared.sum(along: 2)
  }
}
