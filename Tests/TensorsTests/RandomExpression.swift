import Tensors

/// A smooth scalar function of two 3x3 matrices, composed of random operations.
struct RandomExpression {
  private let steps: [(operation: Int, left: Int, right: Int)]
  private let weights: Tensor

  static let operationCount = 22

  init(seed: Int, length: Int = 8) {
    let generator = RandomGenerator(seed: UInt64(seed))
    let draws = (generator.uniform([3 * length], dtype: .float64) * 1e6).integers
    steps = (0..<length).map { k in
      // The first of every expression runs through all operations as the seed does.
      let operation = k == 0 ? seed : draws[3 * k]
      return (
        operation % Self.operationCount, draws[3 * k + 1] % (k + 2), draws[3 * k + 2] % (k + 2)
      )
    }
    weights = generator.normal([3, 3], dtype: .float64)
  }

  func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
    var values = [a, b]
    for step in steps {
      values.append(Self.apply(step.operation, values[step.left], values[step.right]))
    }
    // Every step counts, however the operands were drawn.
    let last = values.dropFirst(2).reduce(values[0] * 0.1) { $0 + $1 }
    return (last * weights).sum()
  }

  private static func apply(_ operation: Int, _ x: Tensor, _ y: Tensor) -> Tensor {
    switch operation {
    case 0: x + y
    case 1: x - y
    case 2: x.tanh * y
    case 3: x.tanh / (1 + y.squared)
    case 4: x.sigmoid
    case 5: x.softplus
    case 6: x.tanh.exp
    case 7: (1 + x.squared).log
    case 8: x.squared.log1p
    case 9: (1 + x.squared).squareRoot
    case 10: x.sin.expm1
    case 11: x.cos
    case 12: x.tanh.matmul(y.tanh.transposed)
    case 13: x.softmax(along: 1)
    case 14: x.layerNormalized(epsilon: 0.5)
    case 15: x.tanh.adding([y.sin, x.cos, y.tanh], weights: [0.5, -2, 0.25])
    case 16: Tensor.concatenated([x.sliced(0..<1), y.sliced(1..<3)])
    case 17: x.selecting(Tensor([Int64(2), 0, 2]))
    case 18: x.linear(weight: y.tanh * 0.3, bias: x.mean(along: 1)).tanh
    case 19: x - x.logSumExp(along: 1, keeping: true)
    case 20: (1 + x.squared).power(-0.7)
    default: x.tanh.cumulativeSum(along: 0)
    }
  }
}
