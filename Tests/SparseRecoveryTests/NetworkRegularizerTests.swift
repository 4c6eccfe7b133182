import NeuralNetworks
import SparseRecovery
import Tensors
import Testing

@Suite("Regularisers of networks")
struct NetworkRegularizerTests {
  private func layer(_ shape: [Int], seed: UInt64 = 1, columnsPerUnit: Int = 1) -> PenalizedWeight {
    PenalizedWeight(
      name: "weight",
      tensor: RandomGenerator(seed: seed).normal(shape, dtype: .float64).differentiable(),
      columnsPerUnit: columnsPerUnit)
  }

  @Test("Groups are filters, columns, or columns of a flattened map")
  func groups() {
    let w = layer([2, 3, 1, 2]).tensor.detached
    let e = w.doubles
    func norm(_ places: [Int]) -> Double {
      places.map { e[$0] * e[$0] }.reduce(0, +).squareRoot()
    }
    func expect(_ found: Tensor, _ places: [[Int]]) {
      #expect(found.shape == [places.count])
      for (value, places) in zip(found.doubles, places) {
        #expect(abs(value - norm(places)) < 1e-12)
      }
    }
    expect(WeightGrouping.element.magnitudes(of: w), (0..<12).map { [$0] })
    expect(WeightGrouping.filter.magnitudes(of: w), [Array(0..<6), Array(6..<12)])
    expect(
      WeightGrouping.neuron.magnitudes(of: w), [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]])
    let flat = w.reshaped([2, 6])
    expect(
      WeightGrouping.neuron.magnitudes(of: flat, columnsPerUnit: 3),
      [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]])
    expect(WeightGrouping.neuron.magnitudes(of: flat), (0..<6).map { [$0, $0 + 6] })
  }

  @Test("A proximal step scales groups as the penalty says", arguments: WeightGrouping.allCases)
  func step(_ grouping: WeightGrouping) {
    for penalty: any ProximalPenalty in [L1Penalty(), LHalfPenalty(), LHalfOverL2Penalty()] {
      let layer = layer([6, 8, 2, 2])
      let before = layer.tensor.detached + 0
      let sizes = grouping.magnitudes(of: before)
      let expected = penalty.proximal(sizes, step: 0.01 * 30)
      NetworkRegularizer(penalty, weight: 30, grouping: grouping, on: [layer])
        .proximalStep(rate: 0.01)
      let after = layer.tensor.detached
      #expect((grouping.magnitudes(of: after) - expected).magnitude.max().item < 1e-12)
      // The direction of each group stays: with elements, signs.
      #expect(((after.sign - before.sign) * after).magnitude.max().item == 0)
      if grouping == .element { #expect((expected.doubles.contains(0))) }
    }
  }

  @Test("The ratio of groups, one by one, is the ratio of elements; and layers add up")
  func sum() {
    let layers = [layer([4, 5]), layer([3, 4], seed: 2)]
    let ratio = LHalfOverL2Penalty()
    let regularizer = NetworkRegularizer(ratio, weight: 2, grouping: .element, on: layers)
    let expected = layers.map { ratio.value(of: $0.tensor.flattened().magnitude).item }
    #expect(abs(regularizer.value.item - expected[0] - expected[1]) < 1e-12)
    let column = layer([1, 7])
    let values = WeightGrouping.allCases.map {
      NetworkRegularizer(ratio, weight: 1, grouping: $0, on: [column]).value.item
    }
    #expect(abs(values[0] - values[2]) < 1e-12)
    #expect(abs(values[1] - 1) < 1e-12)
  }

  @Test("Weight 0, no step, and a layer that has vanished leave weights as they are")
  func nothing() {
    let layer = layer([4, 5])
    let before = layer.tensor.doubles
    NetworkRegularizer(LHalfOverL2Penalty(), weight: 0, grouping: .element, on: [layer])
      .proximalStep(rate: 1)
    NetworkRegularizer(HoyerSquarePenalty(), weight: 9, grouping: .element, on: [layer])
      .proximalStep(rate: 1)
    #expect(layer.tensor.doubles == before)
    let tiny = PenalizedWeight(name: "w", tensor: layer.tensor.detached * 1e-12)
    let small = tiny.tensor.doubles
    NetworkRegularizer(LHalfOverL2Penalty(), weight: 1, grouping: .element, on: [tiny])
      .proximalStep(rate: 1)
    #expect(tiny.tensor.doubles == small)
  }

  @Test("The threshold is a share of a layer's largest; masks keep zeros")
  func threshold() {
    let tensor = Tensor([4, -0.3, 0.5, 0, -4, 0.39] as [Double], shape: [2, 3])
    let layer = PenalizedWeight(name: "weight", tensor: tensor)
    let regularizer = NetworkRegularizer(
      HoyerSquarePenalty(), weight: 1, grouping: .element, on: [layer])
    regularizer.threshold(at: 0.1)
    #expect(tensor.doubles == [4, 0, 0.5, 0, -4, 0])
    #expect(LayerSparsity(layer).nonZeros == 3)
    #expect([LayerSparsity(layer)].nonZeroShare == 0.5)
    let mask = WeightMask(of: [layer])
    tensor.assign(tensor + 1)
    mask.restore()
    #expect(tensor.doubles == [5, 0, 1.5, 0, -3, 0])
    let rows = PenalizedWeight(
      name: "weight", tensor: Tensor([3, 4, 0.1, 0.2] as [Double], shape: [2, 2]))
    NetworkRegularizer(L1Penalty(), weight: 1, grouping: .filter, on: [rows]).threshold(at: 0.1)
    #expect(rows.tensor.doubles == [3, 4, 0, 0])
  }

  @Test("Weights are those of linear layers and convolutions, free, and with groups hidden units'")
  func selection() {
    let state = ModuleState(
      parameters: [
        "conv.weight": .zeros([2, 1, 3, 3]), "conv.bias": .zeros([2]), "bn.weight": .zeros([2]),
        "fc.weight": .zeros([3, 8]), "lyapunov.x.0.weight": .zeros([4, 4]),
        "dynamics.K": .zeros([3, 3]), "lyapunovian.weight": .zeros([3, 3]),
      ], buffers: ["old.weight": .zeros([3, 3])])
    let units = [
      HiddenUnits(
        from: "conv", to: "fc", activation: .relu, columnsPerUnit: 4, setting: "widths",
        position: 0)
    ]
    func names(_ grouping: WeightGrouping, _ units: [HiddenUnits]) -> [String] {
      PenalizedWeight.all(
        of: state, hiddenUnits: units, grouping: grouping, constrained: ["lyapunov"]
      ).map(\.name)
    }
    let all = ["conv.weight", "fc.weight", "lyapunovian.weight"]
    for grouping in WeightGrouping.allCases { #expect(names(grouping, []) == all) }
    #expect(names(.element, units) == all)
    #expect(names(.filter, units) == ["conv.weight"])
    #expect(names(.neuron, units) == ["fc.weight"])
    let fc = PenalizedWeight.all(of: state, hiddenUnits: units, grouping: .neuron)[0]
    #expect(fc.columnsPerUnit == 4)
  }
}
