import Settings

extension SettingRange {
  /// Passes over the samples.
  public static let epochs = integers(1...1_000_000)
  /// Samples at once.
  public static let batchSize = integers(1...1_000_000)
}
