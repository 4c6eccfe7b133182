import Robustness
import Tensors

/// Square in L-inf on one grey image, query by query as it is published, with the draws of Basin's
/// `Square` written out again: no window is passed over.
struct PlainSquare {
  let image: [Float]
  let height: Int
  let width: Int
  let epsilon: Float
  /// The margin of an image.
  let margin: ([Float]) throws -> Double
  private(set) var queries = 0
  private var counter: UInt64

  init(
    _ image: [Float], height: Int, width: Int, epsilon: Float, seed: UInt64, sample: Int,
    margin: @escaping ([Float]) throws -> Double
  ) {
    self.image = image
    self.height = height
    self.width = width
    self.epsilon = epsilon
    self.margin = margin
    var key: UInt64 = 14_695_981_039_346_656_037
    for byte in "square".utf8 { key = (key ^ UInt64(byte)) &* 1_099_511_628_211 }
    counter = [key, UInt64(sample), 0].reduce(RandomGenerator.mixed(seed)) {
      RandomGenerator.mixed($0 ^ $1)
    }
  }

  private mutating func next() -> UInt64 {
    defer { counter &+= 0x9E37_79B9_7F4A_7C15 }
    return RandomGenerator.mixed(counter)
  }

  private mutating func place(below bound: Int) -> Int {
    Int(Double(next() >> 11) * 0x1p-53 * Double(bound))
  }

  private mutating func sign() -> Float { next() >> 63 == 0 ? -1 : 1 }

  private func extreme(_ place: Int, _ sign: Float) -> Float {
    min(max(image[place] + sign * epsilon, 0), 1)
  }

  /// The best image of all queries, to the end or to the first that is misclassified.
  mutating func result(of attack: Square) throws -> [Float] {
    let stripes = (0..<width).map { _ in sign() }
    var best = image.indices.map { extreme($0, stripes[$0 % width]) }
    var greatest = try margin(best)
    queries = 1
    for query in 0..<attack.queries where greatest <= 0 {
      let side = attack.side(atQuery: query, height: height, width: width)
      let (top, left) = (place(below: height - side), place(below: width - side))
      let sign = sign()
      var candidate = best
      for row in top..<top + side {
        for column in left..<left + side {
          let place = row * width + column
          candidate[place] = extreme(place, sign)
        }
      }
      queries += 1
      let reached = try margin(candidate)
      if reached > greatest { (best, greatest) = (candidate, reached) }
    }
    return best
  }
}
