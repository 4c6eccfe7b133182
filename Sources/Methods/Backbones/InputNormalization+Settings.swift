import NeuralNetworks
import Settings

extension InputNormalization {
  /// What it means among settings, which its module knows nothing of.
  static let note = SettingNote(
    "mean and deviation of each channel, divided out inside the model",
    below: [
      "mean": SettingNote("of each channel", .numbers(-1e6...1e6)),
      "deviation": SettingNote("of each channel", .numbers(1e-6...1e6)),
    ])

  /// - Throws: `SettingsError` unless there are as many means and deviations as an input has channels.
  func check(for input: ModelInput) throws(SettingsError) {
    let channels = input.shape[0]
    guard mean.count == channels, deviation.count == channels else {
      throw SettingsError(
        setting: "normalization", expected: "\(channels) means and positive deviations",
        found: "means \(mean), deviations \(deviation)")
    }
  }
}
