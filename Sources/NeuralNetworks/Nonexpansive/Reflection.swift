import Tensors

/// x - 2 (x U) Uᵀ of rows x that are given in components x = (x_1, x_2, ...) [..., N, C] each, such as
/// real and imaginary parts, with U [..., components · C, k] of orthonormal columns; one U for all rows or one
/// for each matrix of a batch.
struct Reflection {
  /// U by components, [..., C, k] each.
  private let blocks: [Tensor]

  init(across basis: Tensor, components: Int = 1) {
    let axis = basis.rank - 2
    let size = basis.shape[axis] / components
    blocks =
      components == 1
      ? [basis]
      : (0..<components).map { basis.sliced($0 * size..<($0 + 1) * size, along: axis) }
  }

  /// t = (x U)ᵀ, [..., k, N]: few rows of many numbers, which libraries multiply several times as quickly as
  /// many rows of few.
  func coefficients(_ x: [Tensor]) -> Tensor {
    zip(x, blocks).dropFirst().reduce(blocks[0].transposed.matmul(x[0].transposed)) {
      $0.adding(productOf: $1.1.transposed, $1.0.transposed)
    }
  }

  /// The components of x - 2 tᵀ Uᵀ.
  func callAsFunction(_ x: [Tensor], coefficients t: Tensor) -> [Tensor] {
    zip(x, blocks).map { $0.adding(productOf: t.transposed, $1.transposed, weight: -2) }
  }

  func callAsFunction(_ x: [Tensor]) -> [Tensor] { self(x, coefficients: coefficients(x)) }

  /// The derivative by U of ⟨g, x - 2 (x U) Uᵀ⟩, with the coefficients s of g and t of x: -2 (t g + s x)ᵀ.
  func slope(_ g: [Tensor], _ s: Tensor, _ x: [Tensor], _ t: Tensor) -> Tensor {
    let scaled = t * -2
    let parts = zip(g, x).map { scaled.matmul($0).adding(productOf: s, $1, weight: -2) }
    return Tensor.concatenated(parts, along: s.rank - 1).transposed
  }
}

extension Tensor {
  /// The reflections of x's parts for training: `there` takes x to its parts, each in components and
  /// reflected across a basis of its own, and `back` is the transpose of `there`.
  ///
  /// The whole is a symmetric linear map, so that what it does to x is also what it does to the
  /// gradient. Differentiable once.
  func reflected(
    across bases: [Tensor], there: @escaping (Tensor) -> [[Tensor]],
    back: @escaping ([[Tensor]]) -> Tensor
  ) -> Tensor {
    let x = self
    return withSelectiveBackward([x] + bases) {
      let parts = there(x)
      let reflections = zip(parts, bases).map { Reflection(across: $1, components: $0.count) }
      let coefficients = zip(reflections, parts).map { $0.coefficients($1) }
      func reflected(_ parts: [[Tensor]], _ coefficients: [Tensor]) -> Tensor {
        back(parts.indices.map { reflections[$0](parts[$0], coefficients: coefficients[$0]) })
      }
      return (
        [reflected(parts, coefficients)],
        { gradients, isNeeded in
          precondition(
            !isRecordingGradients, "a second derivative through a reflection in training")
          guard let gradient = gradients[0] else { return isNeeded.map { _ in nil } }
          let g = there(gradient)
          let own = zip(reflections, g).map { $0.coefficients($1) }
          let byBases = reflections.indices.map { index in
            isNeeded[index + 1]
              ? reflections[index].slope(g[index], own[index], parts[index], coefficients[index])
              : nil
          }
          return [isNeeded[0] ? reflected(g, own) : nil] + byBases
        }
      )
    }[0]
  }
}
