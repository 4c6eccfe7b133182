/// The colours of classes and series, in light and in dark.
///
/// The hues are those of Okabe and Ito, which stay apart for colour-blind readers, with four more;
/// each is set darker or lighter until it is clear on its ground.
enum Palette {
  static let light = [
    "#0072b2", "#d55e00", "#009e73", "#c75f9b", "#c08400",
    "#3a9bd9", "#882255", "#6b6f76", "#5b4aa0", "#84851d",
  ]

  static let dark = [
    "#4ba3e3", "#f0813a", "#2fbf93", "#e29bc2", "#e8b23a",
    "#a5ddf9", "#d0628a", "#a3a8b0", "#9c8be0", "#bfc04a",
  ]

  /// A colour between two, `share` of the way from `ground` to `color`; both as `#rrggbb`.
  static func mixed(_ color: String, with ground: String, share: Double) -> String {
    func levels(_ text: String) -> [Double] {
      let value = Int(text.dropFirst(), radix: 16) ?? 0
      return [16, 8, 0].map { Double(value >> $0 & 255) }
    }
    let mixed = zip(levels(color), levels(ground)).map { Int(($1 + share * ($0 - $1)).rounded()) }
    return "#"
      + mixed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The colours as custom properties `--class-0` and so on.
  static func properties(_ colors: [String]) -> String {
    colors.enumerated().map { "--class-\($0.offset): \($0.element);" }.joined(separator: " ")
  }
}
