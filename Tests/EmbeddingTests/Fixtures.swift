import Embedding
import Foundation

/// A generator for tests: Steele, Lea and Flood's SplitMix64.
struct Generator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func coordinates(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<count).map { _ in Double.random(in: range, using: &self) }
  }
}

/// Twenty points in space and in the plane that a formula gives, the same in Swift and NumPy.
enum Twenty {
  static let points: Points = {
    var coordinates: [Double] = []
    for point in 0..<20 {
      for axis in 0..<3 {
        let wave = sin(1.7 * Double(point) + 2.3 * Double(axis * axis))
        coordinates.append(wave + 0.1 * Double(point * axis))
      }
    }
    return Points(coordinates, dimension: 3)
  }()

  static let plane: Points = {
    let places = (0..<20).map { [cos(0.9 * Double($0)), sin(2.1 * Double($0))] }
    return Points(Array(places.joined()), dimension: 2)
  }()

  static let labels = [1, 1, 0, 1, 2, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 2, 1, 1, 2]

  static let conditional = ConditionalAffinities(
    NearestNeighbors(of: points, count: 15), perplexity: 5)
}

/// Groups of points around far apart centres, in turns.
func groups(
  _ count: Int, of size: Int, dimension: Int = 10, seed: UInt64 = 3
) -> (points: Points, labels: [Int]) {
  var generator = Generator(seed: seed)
  let centres = (0..<count).map { _ in generator.coordinates(dimension, in: -20...20) }
  let labels = (0..<count * size).map { $0 % count }
  let coordinates = labels.flatMap { label in
    zip(centres[label], generator.coordinates(dimension)).map { $0 + $1 }
  }
  return (Points(coordinates, dimension: dimension), labels)
}

func gradient(of objective: TSNEObjective, at plane: Points) -> [Double] {
  var result = [Double](repeating: .nan, count: plane.coordinates.count)
  plane.coordinates.withUnsafeBufferPointer { positions in
    result.withUnsafeMutableBufferPointer { objective.gradient(at: positions, into: $0) }
  }
  return result
}

func divergence(of objective: TSNEObjective, at coordinates: [Double]) -> Double {
  coordinates.withUnsafeBufferPointer { objective.divergence(at: $0) }
}

func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}

/// Σ a_i b_i.
func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
  var sum = 0.0
  for (x, y) in zip(a, b) { sum += x * y }
  return sum
}

/// Σ (a_i - b_i)².
func squaredDistance(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
  let differences = zip(a, b).map { $0 - $1 }
  return dot(differences, differences)
}

/// Every `step`-th of the values, from one on.
func strided(_ values: [Double], from first: Int, by step: Int) -> [Double] {
  stride(from: first, to: values.count, by: step).map { values[$0] }
}
