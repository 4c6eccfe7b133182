import Tensors

/// The place itself: the program's input.
struct State: Operation {
  let dimension: Int

  var identity: String? { "state" }
  var stored: StoredOperation { .init("state") }
  func width(of operands: [Int]) -> Int { dimension }

  // The program supplies it.
  func value(_ operands: [Tensor]) -> Tensor { operands[0] }
  func interval(_ operands: [Interval]) -> Interval { operands[0] }
  func form(_ operands: [LinearForm]) -> LinearForm { operands[0] }
  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] { [] }
  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] { [] }
}

/// Numbers that are the same everywhere, [k].
struct Constant: Operation {
  let values: [Double]

  var identity: String? { values.count <= 16 ? "constant \(values)" : nil }
  var stored: StoredOperation { .init("constant", [Tensor(values)]) }
  func width(of operands: [Int]) -> Int { values.count }

  var row: Tensor { Tensor(values, shape: [1, values.count]) }
  func value(_ operands: [Tensor]) -> Tensor { row }
  func interval(_ operands: [Interval]) -> Interval { Interval(row) }
  func form(_ operands: [LinearForm]) -> LinearForm {
    preconditionFailure("a constant's form needs the dimension; the program makes it")
  }
  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] { [] }
  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] { [] }
}
