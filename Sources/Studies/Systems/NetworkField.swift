import Evaluations
import Failures
import NeuralNetworks
import Runs
import Tensors
import Verification

/// A field that is a network of dense layers with tanh between them: the tensors `0.weight`, `0.bias`,
/// `2.weight` and so on of a safetensors file, in the order of their numbers, as PyTorch's
/// `Sequential(Linear, Tanh, Linear, ...)` names them. Numbers in float32 are taken as they are, exactly.
struct NetworkField {
  private let layers: [(weight: Tensor, bias: Tensor?)]
  private let states: Int

  /// - Throws: `Failure` if the file cannot be read, `SystemFileError` if it is no such network.
  init(contentsOf path: String, states: Int) throws {
    let tensors = try SafeTensors(contentsOf: path).tensors
    func fail(_ problem: String) -> SystemFileError { SystemFileError(path, problem) }
    var numbers: Set<Int> = []
    for name in tensors.keys {
      let parts = name.split(separator: ".")
      guard parts.count == 2, let number = Int(parts[0]), ["weight", "bias"].contains(parts[1])
      else {
        throw fail(
          "expected tensors such as 0.weight and 0.bias, of dense layers with tanh between them, "
            + "found '\(name.echoed(limit: 120))'")
      }
      numbers.insert(number)
    }
    guard !numbers.isEmpty else { throw fail("expected a network's tensors, found none") }
    var width = states
    layers = try numbers.sorted().map { number in
      guard let weight = tensors["\(number).weight"] else {
        throw fail("expected \(number).weight for \(number).bias, found nothing")
      }
      let bias = tensors["\(number).bias"]
      guard weight.dtype.isFloatingPoint, weight.rank == 2, weight.shape[1] == width,
        weight.shape[0] > 0, bias?.shape ?? [weight.shape[0]] == [weight.shape[0]],
        bias?.dtype.isFloatingPoint ?? true
      else {
        throw fail(
          "\(number).weight: expected floating-point [n, \(width)] with a bias [n], found "
            + "\(weight.shape) and \(bias.map { "\($0.shape)" } ?? "none")")
      }
      for tensor in [weight, bias].compactMap({ $0 }) where !tensor.isFinite.all().isTrue {
        throw fail("\(number): expected finite weights, found others")
      }
      width = weight.shape[0]
      return (weight.to(.float64), bias?.to(.float64))
    }
    guard width == states else {
      throw fail("expected a last layer of \(states) outputs, one for each state, found \(width)")
    }
    self.states = states
  }

  /// The network as a term of the place.
  var term: Term {
    layers.enumerated().reduce(.state(states)) { x, layer in
      let y = x.linear(weight: layer.element.weight, bias: layer.element.bias)
      return layer.offset < layers.count - 1 ? y.tanh : y
    }
  }
}
