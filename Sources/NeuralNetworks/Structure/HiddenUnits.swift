/// The units of a layer that nothing but the next layer reads: the neurons of a hidden layer or the
/// channels of a convolution,
///
///     x → source → activation (→ max-pooling, flattening) → reader.
///
/// What a network says of them is all that has to be known to leave some of them out.
public struct HiddenUnits: Sendable, Hashable {
  /// The layer that makes them: `SOURCE.weight` [units, ...] and, if it has one, `SOURCE.bias`.
  public let source: String
  /// The layer that reads them: `READER.weight` [outputs, units · columnsPerUnit, ...].
  public let reader: String
  /// What follows the source, elementwise.
  public let activation: Activation
  /// Columns of the reader that belong to one unit: 1, or the pixels of a map where maps are
  /// flattened before the reader.
  public let columnsPerUnit: Int
  /// Whether the reader puts zeros around the maps, so that it sees an edge where a map is constant.
  public let readerIsPadded: Bool
  /// The key of the setting that says how many units there are.
  public let setting: String
  /// Their place in that setting if it is a list.
  public let position: Int?

  public init(
    from source: String, to reader: String, activation: Activation, columnsPerUnit: Int = 1,
    readerIsPadded: Bool = false, setting: String, position: Int? = nil
  ) {
    self.source = source
    self.reader = reader
    self.activation = activation
    self.columnsPerUnit = columnsPerUnit
    self.readerIsPadded = readerIsPadded
    self.setting = setting
    self.position = position
  }

  /// The same units in a network that has these layers as `NAME.LAYER`, and the setting as
  /// `GROUP.SETTING`; nil leaves either as it is.
  public func prefixed(_ name: String? = nil, setting group: String? = nil) -> HiddenUnits {
    func joined(_ prefix: String?, _ rest: String) -> String {
      prefix.map { "\($0).\(rest)" } ?? rest
    }
    return HiddenUnits(
      from: joined(name, source), to: joined(name, reader), activation: activation,
      columnsPerUnit: columnsPerUnit, readerIsPadded: readerIsPadded,
      setting: joined(group, setting), position: position)
  }
}
