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

  /// The colours as custom properties `--class-0` and so on.
  static func properties(_ colors: [String]) -> String {
    colors.enumerated().map { "--class-\($0.offset): \($0.element);" }.joined(separator: " ")
  }
}
