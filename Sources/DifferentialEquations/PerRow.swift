import Tensors

/// A value shared by all rows of a batch, or one for each row.
enum PerRow<Value> {
  case shared(Value)
  case rows([Value])

  func map<Result>(_ transform: (Value) -> Result) -> PerRow<Result> {
    switch self {
    case .shared(let value): .shared(transform(value))
    case .rows(let values): .rows(values.map(transform))
    }
  }
}

extension Tensor {
  /// `self + h Σ weights[k] · terms[k]` in one pass, where h may differ from row to row. Terms of
  /// weight 0 are left out.
  func advanced(along terms: [Tensor], weights: [Double], by size: PerRow<Double>) -> Tensor {
    let terms = zip(terms, weights).filter { $1 != 0 }.map { $0.0 }
    let weights = weights.filter { $0 != 0 }
    switch size {
    case .shared(let h): return adding(terms, weights: weights.map { h * $0 })
    case .rows(let sizes): return adding(terms, rowWeights: products(sizes, weights))
    }
  }
}

/// a_r b_k, row after row.
private func products(_ a: [Double], _ b: [Double]) -> [Double] {
  [Double](unsafeUninitializedCapacity: a.count * b.count) { buffer, count in
    for x in a {
      for y in b {
        buffer.initializeElement(at: count, to: x * y)
        count += 1
      }
    }
  }
}
