import NeuralNetworks
import SparseRecovery
import Tensors
import Testing

@Suite("Units left out")
struct UnitRemovalTests {
  /// Convolution, ReLU, pooling, convolution, ReLU, flattening, linear, tanh, linear in float64.
  private struct Network: Module {
    let padding: Int
    let tensors: [String: Tensor]

    init(padding: Int, tensors: [String: Tensor]) {
      self.padding = padding
      self.tensors = tensors
    }

    init(padding: Int, seed: UInt64) {
      let generator = RandomGenerator(seed: seed)
      let pixels = padding == 0 ? 4 : 16
      let shapes: [(String, [Int])] = [
        ("a", [5, 1, 3, 3]), ("b", [6, 5, 3, 3]), ("c", [7, 6 * pixels]), ("d", [3, 7]),
      ]
      var tensors: [String: Tensor] = [:]
      for (name, shape) in shapes {
        tensors["\(name).weight"] = generator.normal(shape, dtype: .float64)
        tensors["\(name).bias"] = generator.normal([shape[0]], dtype: .float64)
      }
      self.init(padding: padding, tensors: tensors)
    }

    var state: ModuleState {
      tensors.sorted { $0.key < $1.key }.reduce(ModuleState()) { state, entry in
        let dot = entry.key.firstIndex(of: ".")!
        return state
          + ModuleState(parameters: [String(entry.key[entry.key.index(after: dot)...]): entry.value]
          )
          .prefixed(String(entry.key[..<dot]))
      }
    }

    var units: [HiddenUnits] {
      let pixels = tensors["c.weight"]!.shape[1] / tensors["b.weight"]!.shape[0]
      return [
        HiddenUnits(
          from: "a", to: "b", activation: .relu, readerIsPadded: padding > 0, setting: "widths",
          position: 0),
        HiddenUnits(
          from: "b", to: "c", activation: .relu, columnsPerUnit: pixels, setting: "widths",
          position: 1),
        HiddenUnits(from: "c", to: "d", activation: .tanh, setting: "hidden"),
      ]
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      func convolution(_ name: String) -> Convolution {
        Convolution(
          weight: tensors["\(name).weight"]!, bias: tensors["\(name).bias"]!, padding: padding)
      }
      func linear(_ name: String) -> Linear {
        Linear(weight: tensors["\(name).weight"]!, bias: tensors["\(name).bias"]!)
      }
      let maps = convolution("b")(convolution("a")(x).relu.maxPooled(size: 2, stride: 2)).relu
      return linear("d")(linear("c")(maps.flattened(from: 1)).tanh)
    }

    /// Sets rows (what enters units) or columns (what leaves them) of a layer to 0.
    func silence(_ name: String, rows: [Int] = [], columns: [Int] = [], columnsPerUnit: Int = 1) {
      let weight = tensors["\(name).weight"]!
      func mask(_ zeros: [Int], _ count: Int) -> Tensor {
        Tensor((0..<count).map { zeros.contains($0) ? 0.0 : 1 })
      }
      let blocks = weight.reshaped([weight.shape[0], weight.shape[1] / columnsPerUnit, -1])
      let kept =
        mask(rows, blocks.shape[0]).reshaped([-1, 1, 1])
        * mask(columns, blocks.shape[1]).reshaped([1, -1, 1])
      weight.assign((blocks * kept).reshaped(weight.shape))
    }

    func setBias(_ name: String, _ place: Int, _ value: Double) {
      let bias = tensors["\(name).bias"]!
      var values = bias.doubles
      values[place] = value
      bias.assign(Tensor(values))
    }
  }

  /// Of a size that leaves maps of 2 x 2 pixels, or 4 x 4 with zeros around.
  private func images(of network: Network) -> Tensor {
    let size = network.padding == 0 ? 10 : 8
    return RandomGenerator(seed: 9).normal([20, 1, size, size], dtype: .float64)
  }

  private func check(
    _ network: Network, _ expected: [Int], _ comment: Comment? = nil,
    location: SourceLocation = #_sourceLocation
  ) {
    let removal = UnitRemoval(of: network.state, hiddenUnits: network.units)
    #expect(removal.counts.map(\.after) == expected, comment, sourceLocation: location)
    let smaller = Network(padding: network.padding, tensors: removal.tensors)
    let x = images(of: network)
    let difference = (smaller(x) - network(x)).magnitude.max().item
    #expect(difference < 1e-10, comment, sourceLocation: location)
  }

  @Test("Nothing is left out of a network without zeros")
  func full() {
    check(Network(padding: 1, seed: 1), [5, 6, 7])
    check(Network(padding: 0, seed: 1), [5, 6, 7])
  }

  @Test("Units that nothing reads go, whatever their own weights")
  func unread() {
    for padding in [0, 1] {
      let network = Network(padding: padding, seed: 2)
      network.silence("b", columns: [1, 4])
      network.silence("c", columns: [0], columnsPerUnit: padding == 0 ? 4 : 16)
      network.silence("d", columns: [2, 3, 6])
      check(network, [3, 5, 4])
    }
  }

  @Test("Constant units go into the next bias, where it can take them")
  func constant() {
    for (padding, bias, left) in [(1, 0.7, 5), (1, -0.7, 4), (0, 0.7, 4), (0, -0.7, 4)] {
      let network = Network(padding: padding, seed: 3)
      network.silence("a", rows: [2])
      network.setBias("a", 2, bias)
      network.silence("b", rows: [0, 5])
      network.setBias("b", 0, 0.4)
      network.silence("c", rows: [3])
      check(network, [left, 4, 6], "padding \(padding), bias \(bias)")
    }
  }

  @Test("What is left out of one layer may silence another, back and forth")
  func cascade() {
    let network = Network(padding: 0, seed: 4)
    // Only unit 1 of b reads unit 0 of a; it goes as c does not read it, and takes that one along.
    network.silence("c", columns: [1], columnsPerUnit: 4)
    let weight = network.tensors["b.weight"]!
    var values = weight.doubles
    for row in 0..<6 where row != 1 { for tap in 0..<9 { values[row * 45 + tap] = 0 } }
    weight.assign(Tensor(values, shape: weight.shape))
    check(network, [4, 5, 7])
    // And forwards: without the others of b, nothing reads units 2 and 3 of a.
    let still = Network(padding: 0, seed: 5)
    still.silence("b", rows: [0, 1, 2, 3, 4])
    still.silence("b", columns: [2, 3])
    check(still, [3, 1, 7])
    // One unit of each layer stays, whatever it says.
    let silent = Network(padding: 0, seed: 5)
    silent.silence("a", rows: Array(0..<5))
    silent.silence("b", rows: Array(0..<6))
    check(silent, [1, 1, 7])
  }

  @Test("Without a bias to take them, constant units stay unless they are 0")
  func withoutBias() {
    let network = Network(padding: 0, seed: 6)
    network.silence("c", rows: [1, 2])
    network.setBias("c", 1, 0)
    var tensors = network.tensors
    tensors["d.bias"] = nil
    let removal = UnitRemoval(
      of: Network(padding: 0, tensors: tensors).state, hiddenUnits: network.units)
    #expect(removal.counts.map(\.after) == [5, 6, 6])
  }

  @Test("Random patterns of zeros")
  func random() {
    for seed in 0..<12 as Range<UInt64> {
      let network = Network(padding: Int(seed % 2), seed: seed)
      for (index, name) in ["a", "b", "c", "d"].enumerated() {
        let weight = network.tensors["\(name).weight"]!
        let draws = RandomGenerator(seed: seed, keys: UInt64(index)).uniform(
          [weight.shape[0], weight.shape[1]], dtype: .float64)
        let mask = (draws .> 0.9).to(.float64).reshaped(
          [weight.shape[0], weight.shape[1]] + weight.shape.dropFirst(2).map { _ in 1 })
        weight.assign(weight * mask)
      }
      let removal = UnitRemoval(of: network.state, hiddenUnits: network.units)
      let smaller = Network(padding: network.padding, tensors: removal.tensors)
      #expect(removal.counts.contains { $0.after < $0.before })
      let x = images(of: network)
      #expect((smaller(x) - network(x)).magnitude.max().item < 1e-10)
    }
  }
}
