import Tensors

/// One sample of Square in L-inf: what it draws, which sign each pixel has, and what has been tried
/// on its image since that has last changed.
struct StripedSample {
  /// A window and the sign of each channel in it.
  struct Window {
    let side: Int
    let top: Int
    let left: Int
    let signs: [Float]

    /// The signs as bits.
    var bits: UInt16 {
      signs.enumerated().reduce(0) { $1.element > 0 ? $0 | 1 << UInt16($1.offset) : $0 }
    }
  }

  /// What was drawn last; nil before and after all queries.
  private(set) var window: Window?
  private var stream: SplitMix64
  private var query = 0
  private let shape: (channels: Int, height: Int, width: Int)
  /// The signs of each pixel's channels as bits. Empty where they are not known: of more channels
  /// than bits, and of an image that is not made of x ± ε.
  private var signs: [UInt16] = []
  /// The windows that the image was not changed to, in 64 bits each.
  private var tried: Set<UInt64> = []
  /// Whether windows fit into 64 bits.
  private let isSmall: Bool
  /// The signs that the image has if the start is kept.
  private var stripes: [UInt16] = []

  /// - Parameter stripes: a sign for each column of each channel.
  init(
    _ stream: SplitMix64, stripes: ArraySlice<Float>,
    _ shape: (channels: Int, height: Int, width: Int)
  ) {
    self.stream = stream
    self.shape = shape
    isSmall = shape.channels <= 16 && max(shape.height, shape.width) < 1 << 16
    guard isSmall else { return }
    let row = (0..<shape.width).map { column in
      (0..<shape.channels).reduce(UInt16(0)) { bits, channel in
        stripes[stripes.startIndex + channel * shape.width + column] > 0
          ? bits | 1 << UInt16(channel) : bits
      }
    }
    self.stripes = (0..<shape.height).flatMap { _ in row }
  }

  /// Takes note of whether the image has become what was tried last, the start at first.
  mutating func note(isKept: Bool) {
    guard isKept else {
      stripes = []
      return
    }
    tried.removeAll(keepingCapacity: true)
    guard let window else {
      signs = stripes
      stripes = []
      return
    }
    guard !signs.isEmpty else { return }
    let bits = window.bits
    for row in window.top..<window.top + window.side {
      for column in window.left..<window.left + window.side {
        signs[row * shape.width + column] = bits
      }
    }
  }

  /// Draws windows up to the next that the image has neither been tried with nor shows already.
  ///
  /// - Returns: false where no query is left.
  mutating func draw(_ attack: Square) -> Bool {
    while query < attack.queries {
      let side = attack.side(atQuery: query, height: shape.height, width: shape.width)
      query += 1
      let top = stream.integer(below: shape.height - side)
      let left = stream.integer(below: shape.width - side)
      let new = Window(
        side: side, top: top, left: left,
        signs: (0..<shape.channels).map { _ in stream.sign() })
      if isNews(new) {
        window = new
        return true
      }
    }
    window = nil
    return false
  }

  private mutating func isNews(_ window: Window) -> Bool {
    guard isSmall else { return true }
    let bits = window.bits
    let key =
      UInt64(window.side) << 48 | UInt64(window.top) << 32 | UInt64(window.left) << 16
      | UInt64(bits)
    return !isShown(window, bits) && tried.insert(key).inserted
  }

  /// Whether every pixel of a window has its signs.
  private func isShown(_ window: Window, _ bits: UInt16) -> Bool {
    guard !signs.isEmpty else { return false }
    for row in window.top..<window.top + window.side {
      let start = row * shape.width + window.left
      for place in start..<start + window.side where signs[place] != bits { return false }
    }
    return true
  }
}
