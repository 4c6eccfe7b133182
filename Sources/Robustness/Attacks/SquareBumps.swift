import Tensors

/// Square in L2: the perturbation is made of bumps, and always as long as ε allows.
///
/// A bump fills a square window: a pyramid above 0 on one half and one below 0 on the other, the
/// halves being top and bottom or left and right at random. The start is a grid of bumps, with a
/// sign for each channel. A query draws two windows. The perturbation in the first becomes
/// old / ‖old‖ + σ · bump, at the length that the old perturbation in both windows had, with a
/// channel's share of what is left of ε²; in the second it becomes 0. The whole is brought to length
/// ε and the image confined to [0, 1].
package struct SquareBumps: SquareMoves {
  private let attack: Square
  private var streams: [SplitMix64]
  private var query = 0
  /// What is drawn for a query, in its order: two windows, turns and signs.
  private var drawn: (target: SquareWindows, source: SquareWindows, turns: [Int], signs: [Float])?
  private let shape: (channels: Int, height: Int, width: Int)
  private let device: Device
  let start: Tensor

  init(_ problem: AttackProblem, of attack: Square) {
    self.attack = attack
    shape = (problem.sampleShape[0], problem.sampleShape[1], problem.sampleShape[2])
    device = problem.samples.images.device
    var streams = problem.streams(for: attack.name)
    start = Self.start(problem, streams: &streams)
    self.streams = streams
  }

  // Two windows of the same image again are too rare to look for.
  mutating func note(_ isKept: [Bool]) {}

  mutating func draw() -> [Int] {
    guard query < attack.queries else { return [] }
    let (channels, height, width) = shape
    let odd = max(attack.side(atQuery: query, height: height, width: width), 3) | 1
    query += 1
    let side = min(odd, height, width)
    func windows() -> SquareWindows {
      SquareWindows(side: side, height: height, width: width, device: device, streams: &streams)
    }
    drawn = (
      windows(), windows(), streams.signs(1).map { $0 > 0 ? 1 : 0 }, streams.signs(channels)
    )
    return Array(streams.indices)
  }

  mutating func keep(_ kept: [Int]) { streams = kept.map { streams[$0] } }

  private static func start(_ problem: AttackProblem, streams: inout [SplitMix64]) -> Tensor {
    let clean = problem.samples.images
    let (channels, height, width) = (clean.shape[1], clean.shape[2], clean.shape[3])
    let grid = Grid(height: height, width: width)
    let turns = streams.signs(grid.count)
    let signs = streams.signs(channels * grid.count)
    func spread(_ values: [Float], channels: Int) -> Tensor {
      Tensor(values, shape: [streams.count, channels, grid.count]).like(clean)
        .selecting(Tensor(grid.tiles, device: clean.device), along: 2)
        .reshaped([streams.count, channels, height, width])
    }
    let canvases = Tensor(grid.canvases, shape: [2, height, width]).like(clean)
    let bumps = Tensor.select(spread(turns, channels: 1) .> 0, canvases[1], canvases[0])
    return lengthened(bumps * spread(signs, channels: channels), problem)
  }

  func moved(_ images: Tensor, of problem: AttackProblem) -> Tensor {
    let clean = problem.samples.images
    let channels = shape.channels
    let (target, source, turns, drawnSigns) = drawn!
    let side = target.side
    let change = images - clean
    let none = Tensor.zeros(like: change)
    let budget = problem.threat.epsilon * problem.threat.epsilon
    let unused = (change.squared.sum(along: 1, 2, 3, keeping: true) - budget).negated.maximum(0)
    let moved = Self.windowEnergy(change, in: target.mask .| source.mask)
    let length = (unused / Double(channels) + moved).squareRoot

    let bumps = Self.bump(side: side) + Self.bump(side: side, isTurned: true)
    let patterns = Tensor(bumps, shape: [2, side, side])
    let signs = Tensor(drawnSigns, shape: [turns.count, channels, 1, 1]).like(clean)
    let old = change / (Self.windowEnergy(change, in: target.mask).squareRoot + 1e-12)
    let new = Tensor.select(
      target.mask, target.placing(patterns.like(clean), choices: turns) * signs + old, none)
    let scaled = new / (new.squared.sum(along: 2, 3, keeping: true).squareRoot + 1e-12) * length
    let result = Tensor.select(target.mask, scaled, Tensor.select(source.mask, none, change))
    return Self.lengthened(result, problem)
  }

  /// The image with a change brought to length ε.
  private static func lengthened(_ change: Tensor, _ problem: AttackProblem) -> Tensor {
    let factor = problem.threat.epsilon / (change.sampleNorms + 1e-12)
    return (problem.samples.images + change * factor.spread(over: change)).clamped(to: 0...1)
  }

  /// Σ δ² of each channel over a window, [n, C, 1, 1].
  private static func windowEnergy(_ change: Tensor, in mask: Tensor) -> Tensor {
    Tensor.select(mask, change.squared, Tensor.zeros(like: change))
      .sum(along: 2, 3, keeping: true)
  }

  /// A bump of Euclidean norm 1, row by row: the upper ⌊s / 2⌋ rows are positive.
  ///
  /// - Parameter isTurned: whether rows and columns are exchanged.
  package static func bump(side: Int, isTurned: Bool = false) -> [Float] {
    let upper = pyramid(height: side / 2, width: side)
    let lower = pyramid(height: side - side / 2, width: side).map { -$0 }
    let both = upper + lower
    let norm = both.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return (0..<side * side).map { place in
      let (row, column) = (place / side, place % side)
      return Float(both[isTurned ? column * side + row : place] / norm)
    }
  }

  /// Σ over k ≥ r of 1 / (k + 1)², with r the larger distance along an axis to the middle
  /// (⌊height / 2⌋, ⌊width / 2⌋) and k up to the larger half side; of Euclidean norm 1.
  private static func pyramid(height: Int, width: Int) -> [Double] {
    let (middleRow, middleColumn) = (height / 2, width / 2)
    let terms: [Double] = (1...max(middleRow, middleColumn) + 1).map { 1 / Double($0 * $0) }
    let values = (0..<height * width).map { place in
      let (row, column) = (place / width, place % width)
      let distance = max(abs(row - middleRow), abs(column - middleColumn))
      return terms[distance...].reduce(0, +)
    }
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / norm }
  }

  /// Tiles of a fifth of the shorter side, as many as fit, in the middle of the image.
  private struct Grid {
    let count: Int
    /// The tile of each pixel, 0 beside the grid.
    private(set) var tiles: [Int64] = []
    /// A bump in each tile, upright and turned, and 0 beside the grid; [2, H, W].
    private(set) var canvases: [Float]

    init(height: Int, width: Int) {
      let side = max(min(height, width) / 5, 1)
      let (rows, columns) = (height / side, width / side)
      let (top, left) = ((height - rows * side) / 2, (width - columns * side) / 2)
      count = rows * columns
      let bumps = [bump(side: side), bump(side: side, isTurned: true)]
      canvases = Array(repeating: 0, count: 2 * height * width)
      for place in 0..<height * width {
        let (row, column) = (place / width - top, place % width - left)
        let isInside = (0..<rows * side).contains(row) && (0..<columns * side).contains(column)
        tiles.append(isInside ? Int64(row / side * columns + column / side) : 0)
        guard isInside else { continue }
        for (turn, bump) in bumps.enumerated() {
          canvases[turn * height * width + place] = bump[row % side * side + column % side]
        }
      }
    }
  }
}
