import Tensors

/// A step of a program: a vector of numbers made of those of earlier steps.
///
/// An operation knows itself in every way in which a program is run: at points, over boxes by interval
/// arithmetic and by linear forms, and backwards, symbolically and numerically.
protocol Operation: Sendable {
  /// Text that is equal for equal operations; nil where comparing costs more than it saves.
  var identity: String? { get }

  /// The operation as a file has it.
  var stored: StoredOperation { get }

  /// The number of components, given those of the operands.
  func width(of operands: [Int]) -> Int

  /// At points: [N, k] float64 for each operand.
  func value(_ operands: [Tensor]) -> Tensor

  /// An enclosure of the values over all values of the operands.
  func interval(_ operands: [Interval]) -> Interval

  /// An enclosure that follows the operands' linear parts.
  func form(_ operands: [LinearForm]) -> LinearForm

  /// What the derivative with respect to the result adds to that with respect to each operand; nil for
  /// nothing.
  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?]

  /// What coefficients [M, N, k] of the result are as coefficients of each operand, given the form that
  /// `form` has made of the operands' forms.
  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor]

  /// For an operation that is linear itself: by how much rounding moves the result of `form` and that of
  /// `transposed`, at most, [N, k].
  func roundingMargin(_ operands: [LinearForm]) -> Tensor
}

extension Operation {
  // What is not linear says so in its linearization's radius.
  func roundingMargin(_ operands: [LinearForm]) -> Tensor { .zeros([1, 1], dtype: .float64) }
}
