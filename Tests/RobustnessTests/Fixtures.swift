import NeuralNetworks
import Robustness
import Tensors

/// scores = x Wᵀ + b, the same row by row whatever the batch: columns are added one by one.
struct LinearClassifier: Classifier {
  let weights: [[Double]]
  let biases: [Double]
  var classCount: Int { weights.count }

  func logits(_ images: Tensor) -> Tensor {
    let x = images.flattened(from: 1)
    let columns = zip(weights, biases).map { row, bias in
      row.indices.reduce(Tensor.full(bias, [x.shape[0], 1])) { sum, pixel in
        sum + x.sliced(pixel..<pixel + 1, along: 1) * row[pixel]
      }
    }
    return Tensor.concatenated(columns, along: 1)
  }

  /// s_y - s_other of the worst allowed image in L-inf, exactly, for two classes.
  func worstMargin(_ image: [Double], label: Int, epsilon: Double) -> Double {
    let slope = zip(weights[label], weights[1 - label]).map { $0 - $1 }
    return zip(image, slope).reduce(biases[label] - biases[1 - label]) { sum, term in
      let (x, w) = term
      let worst = w > 0 ? max(x - epsilon, 0) : min(x + epsilon, 1)
      return sum + w * worst
    }
  }
}

/// A classifier given by closures.
struct ClosureClassifier: Classifier {
  let classCount = 2
  var functions: [ScoreFunction]
  var predict: ((Tensor) throws -> Tensor)?

  init(
    _ functions: KeyValuePairs<String, (Tensor) throws -> Tensor>,
    predict: ((Tensor) throws -> Tensor)? = nil
  ) {
    self.functions = functions.map { ScoreFunction(name: $0, scores: $1) }
    self.predict = predict
  }

  func logits(_ images: Tensor) throws -> Tensor { try functions[0].scores(images) }
  func predictions(_ images: Tensor) throws -> Tensor {
    try predict?(images) ?? logits(images).argMax(along: 1)
  }
  var scoreFunctions: [ScoreFunction] { functions }
}

/// Two scores that differ by a margin [N, 1] in favour of class 1.
func twoScores(_ margin: Tensor) -> Tensor {
  Tensor.concatenated([Tensor.zeros(like: margin), margin], along: 1)
}

/// 100 random images of 6 pixels, labelled by a random linear classifier of two classes.
struct LinearProblem {
  let classifier: LinearClassifier
  let data: LabelledImages

  init(count: Int = 100, pixels: Int = 6, range: Range<Double> = 0..<1, seed: UInt64 = 3) throws {
    let generator = RandomGenerator(seed: seed)
    let weights = (0..<2).map { _ in generator.normal([pixels]).doubles }
    let middle = Array(repeating: 0.5, count: pixels)
    let bias = zip(weights, [1.0, -1.0]).reduce(0) { sum, row in
      sum - row.1 * zip(row.0, middle).reduce(0) { $0 + $1.0 * $1.1 }
    }
    classifier = LinearClassifier(weights: weights, biases: [bias, 0])
    let images = generator.uniform([count, 1, 1, pixels], in: range)
    data = try LabelledImages(
      images: images, labels: classifier.logits(images).argMax(along: 1).integers, classCount: 2)
  }

  func image(_ position: Int) -> [Double] { data.images[position].doubles }
}
