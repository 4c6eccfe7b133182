import NeuralNetworks
import Tensors

/// A weight of a linear layer or a convolution that a network's penalty is about.
public struct PenalizedWeight: Sendable {
  /// As in the module's state.
  public let name: String
  /// [outputs, inputs, ...].
  public let tensor: Tensor
  /// Columns that belong to one unit of the layer before.
  public let columnsPerUnit: Int

  public init(name: String, tensor: Tensor, columnsPerUnit: Int = 1) {
    self.name = name
    self.tensor = tensor
    self.columnsPerUnit = columnsPerUnit
  }

  /// The weights of linear layers and convolutions, that is parameters called `...weight` of rank 2
  /// or 4. Biases, normalisations and constrained parameters are none.
  ///
  /// With a grouping other than by elements, and where hidden units are known, only the layers that
  /// make them (`filter`) or read them (`neuron`): the groups are the hidden units then, and neither
  /// the network's inputs nor its outputs.
  ///
  /// - Parameters:
  ///   - state: parameters that learn.
  ///   - constrained: first parts of the names of parameters that are not free.
  public static func all(
    of state: ModuleState, hiddenUnits: [HiddenUnits] = [], grouping: WeightGrouping = .element,
    constrained: [String] = []
  ) -> [PenalizedWeight] {
    let columns = Dictionary(hiddenUnits.map { ("\($0.reader).weight", $0.columnsPerUnit) }) {
      first, _ in first
    }
    let grouped: Set<String>? =
      switch grouping {
      case _ where hiddenUnits.isEmpty: nil
      case .element: nil
      case .filter: Set(hiddenUnits.map { "\($0.source).weight" })
      case .neuron: Set(hiddenUnits.map { "\($0.reader).weight" })
      }
    return state.entries.compactMap { entry in
      let name = entry.name
      let isWeight = name == "weight" || name.hasSuffix(".weight")
      let isFree = !constrained.contains { name == $0 || name.hasPrefix("\($0).") }
      let rank = entry.tensor.rank
      guard entry.isParameter, isWeight, isFree, rank == 2 || rank == 4,
        grouped?.contains(name) ?? true
      else { return nil }
      return PenalizedWeight(
        name: name, tensor: entry.tensor, columnsPerUnit: columns[name] ?? 1)
    }
  }
}
