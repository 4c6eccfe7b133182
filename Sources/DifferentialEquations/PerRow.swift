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
    let used = weights.indices.filter { weights[$0] != 0 }
    let terms = used.map { terms[$0] }
    switch size {
    case .shared(let h):
      return adding(terms, weights: used.map { h * weights[$0] })
    case .rows(let sizes):
      return adding(terms, rowWeights: sizes.flatMap { h in used.map { h * weights[$0] } })
    }
  }
}
