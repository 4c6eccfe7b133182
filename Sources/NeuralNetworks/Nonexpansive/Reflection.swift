import Tensors

extension Tensor {
  /// x - 2 (x U) Uᵀ of rows x, with one U [d, k] for all or one for each matrix of a batch, recorded as
  /// often as wanted.
  func reflected(across basis: Tensor) -> Tensor {
    adding(productOf: matmul(basis), basis.transposed, weight: -2)
  }

  /// The same of complex rows, x [F, 2N, C] with real parts above imaginary ones, and a complex basis
  /// [F, C, 2k], real part beside imaginary one.
  func reflected(acrossComplex basis: Tensor) -> Tensor {
    adding(productOf: matmul(basis).coefficients, basis.transposed, weight: -2)
  }

  /// As `reflected(across:)`, for training: differentiable once, in four products.
  func trainingReflection(across basis: Tensor, isComplex: Bool = false) -> Tensor {
    let x = self
    return withSelectiveBackward([x, basis]) {
      let coefficients = isComplex ? x.matmul(basis).coefficients : x.matmul(basis)
      let y = x.adding(productOf: coefficients, basis.transposed, weight: -2)
      return (
        [y],
        { gradients, isNeeded in
          precondition(
            !isRecordingGradients, "a second derivative through a reflection in training")
          guard let gradient = gradients[0] else { return [nil, nil] }
          // The map is symmetric: its derivative is the same reflection.
          let own = isComplex ? gradient.matmul(basis).coefficients : gradient.matmul(basis)
          let byX =
            isNeeded[0]
            ? gradient.adding(productOf: own, basis.transposed, weight: -2) : nil
          // Of -2 ⟨g U, T(x U)⟩ with T symmetric: -2 (gᵀ T(x U) + xᵀ T(g U)).
          let byBasis =
            isNeeded[1]
            ? (gradient.transposed.matmul(coefficients) * -2)
              .adding(productOf: x.transposed, own, weight: -2) : nil
          return [byX, byBasis]
        }
      )
    }[0]
  }

  /// From the four products (a, b; c, d) of the real and imaginary parts of x [F, 2N, .] with those of U
  /// [., 2k], what multiplies Uᵀ: with t = U* x = (a + d) + i (c - b), the real part of U t is
  /// (a + d, b - c) times (P, Q)ᵀ, the imaginary one (c - b, a + d). Linear and symmetric.
  private var coefficients: Tensor {
    let (frequencies, rows, columns) = (shape[0], shape[1] / 2, shape[2] / 2)
    let blocks = reshaped([frequencies, 2, rows, 2, columns])
    let signs = Tensor([1.0, -1, -1, 1], shape: [2, 1, 2, 1]).like(self)
    return (blocks + blocks.flipped(along: 1).flipped(along: 3) * signs)
      .reshaped([frequencies, 2 * rows, 2 * columns])
  }
}
