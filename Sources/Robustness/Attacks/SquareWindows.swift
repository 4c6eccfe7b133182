import Tensors

/// One square window of each image of a batch, at a random place.
struct SquareWindows {
  let side: Int
  /// Which pixels are in it, [n, 1, H, W] (bool).
  let mask: Tensor
  /// The row of pixels counted from the window's first, [n, 1, H, 1] (int64).
  private let rows: Tensor
  /// The column of pixels counted from the window's first, [n, 1, 1, W] (int64).
  private let columns: Tensor

  /// Draws a window for each stream, in images of a size that the side fits in.
  init(side: Int, height: Int, width: Int, device: Device, streams: inout [SplitMix64]) {
    self.side = side
    var tops: [Int64] = []
    var lefts: [Int64] = []
    for index in streams.indices {
      tops.append(Int64(streams[index].integer(below: height - side)))
      lefts.append(Int64(streams[index].integer(below: width - side)))
    }
    rows = Self.offsets(from: tops, height, device).reshaped([-1, 1, height, 1])
    columns = Self.offsets(from: lefts, width, device).reshaped([-1, 1, 1, width])
    func isInside(_ places: Tensor) -> Tensor { (places .>= 0) .& (places .< Double(side)) }
    mask = isInside(rows) .& isInside(columns)
  }

  /// Which pixels are in windows of several sides, [n, 1, H, W] (bool).
  static func mask(
    sides: [Int], tops: [Int], lefts: [Int], height: Int, width: Int, device: Device
  ) -> Tensor {
    let side = Tensor(sides.map(Int64.init), device: device).reshaped([-1, 1])
    func isInside(_ starts: [Int], _ extent: Int) -> Tensor {
      let places = offsets(from: starts.map(Int64.init), extent, device)
      return (places .>= 0) .& (places .< side)
    }
    return isInside(tops, height).reshaped([-1, 1, height, 1])
      .& isInside(lefts, width).reshaped([-1, 1, 1, width])
  }

  /// Places along an axis counted from a window's first, [n, extent] (int64).
  private static func offsets(from starts: [Int64], _ extent: Int, _ device: Device) -> Tensor {
    Tensor.range(extent, device: device).reshaped([1, -1])
      - Tensor(starts, device: device).reshaped([-1, 1])
  }

  /// A pattern for each image, put at its window, and 0 elsewhere; [n, 1, H, W].
  ///
  /// - Parameters:
  ///   - patterns: [K, side, side].
  ///   - choices: which of them each image has, in 0 ..< K.
  func placing(_ patterns: Tensor, choices: [Int]) -> Tensor {
    let device = patterns.device
    let first = Tensor(choices.map { Int64($0 * side * side) }, device: device)
    let pitch = Tensor([Int64(side)], device: device)
    let place = first.reshaped([-1, 1, 1, 1]) + rows * pitch + columns
    let index = Tensor.select(mask, place, Tensor.zeros(like: place))
    let values = patterns.flattened().selecting(index.flattened()).reshaped(index.shape)
    return Tensor.select(mask, values, Tensor.zeros(like: values))
  }
}
