import Tensors

extension Tensor {
  /// Sum of each column, [1, B].
  var columnSums: Tensor { sum(along: 0, keeping: true) }
  /// Euclidean norm of each column, [1, B].
  var columnNorms: Tensor { norm(along: 0, keeping: true) }
  /// `self` where it is positive, else 1: a divisor for what is 0 there anyway.
  var positiveOrOne: Tensor { Tensor.select(self .> 0, self, .ones(like: self)) }
}
