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
  init(side: Int, height: Int, width: Int, device: Device, streams: inout [SampleStream]) {
    self.side = side
    var tops: [Int64] = []
    var lefts: [Int64] = []
    for index in streams.indices {
      tops.append(Int64(streams[index].integer(below: height - side)))
      lefts.append(Int64(streams[index].integer(below: width - side)))
    }
    rows =
      Tensor.range(height, device: device).reshaped([1, 1, -1, 1])
      - Tensor(tops, device: device).reshaped([-1, 1, 1, 1])
    columns =
      Tensor.range(width, device: device).reshaped([1, 1, 1, -1])
      - Tensor(lefts, device: device).reshaped([-1, 1, 1, 1])
    func isInside(_ places: Tensor) -> Tensor { (places .>= 0) .& (places .< Double(side)) }
    mask = isInside(rows) .& isInside(columns)
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
