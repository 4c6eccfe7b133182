import DynamicsTestSupport
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// Eqs. (6)-(8) with the gates where the paper has them, against networks that have them folded in.
@Suite("Networks gated by their equilibria")
struct GatedNetworkTests {
  private func gated(
    _ kind: ConvexArchitectureKind, _ state: [String: Tensor], x: Tensor, c: Tensor
  ) -> Tensor {
    func affine(_ name: String, _ u: Tensor) -> Tensor {
      u.linear(weight: state["\(name).weight"]!, bias: state["\(name).bias"]!)
    }
    var (z, u) = (x, c)
    for k in 0..<3 {
      let (zGate, xGate) = (affine("zu.\(k)", u), affine("xu.\(k)", u))
      let isAttention = kind == .piacnn
      let passed = z * (isAttention ? zGate.softmax(along: 1) : zGate.relu)
      let seen = x * (isAttention ? xGate.softmax(along: 1) : xGate)
      z = plainSoftplus(
        passed.linear(weight: state["z.\(k).weight"]!)
          + seen.linear(weight: state["x.\(k).weight"]!) + affine("u.\(k)", u))
      if k < 2 { u = affine("ut.\(k)", u).tanh }
    }
    return z.squeezed(1)
  }

  @Test(
    "Folding gates into the weights changes neither values nor gradients",
    arguments: [ConvexArchitectureKind.picnn, .piacnn], 0..<3 as Range<UInt64>)
  func folding(_ kind: ConvexArchitectureKind, _ seed: UInt64) {
    let network = kind.network(seed: seed)
    let generator = RandomGenerator(seed: seed, keys: 1)
    // Gates of both signs.
    for parameter in network.parameters {
      parameter.assign(generator.normal(parameter.shape, deviation: 0.7, dtype: .float64))
    }
    network.restoreConvexity()
    let equilibria = generator.normal([4, 4], dtype: .float64).differentiable()
    let labels = [0, 1, 1, 2, 3, 3]
    let x = generator.normal([6, 4], dtype: .float64).differentiable()
    let upstream = generator.normal([6], dtype: .float64)
    let expected = gated(
      kind, network.state.tensors, x: x, c: equilibria.selecting(int64(labels)))
    let found = network.networks(for: equilibria).values(
      at: x, groups: ClassGroups(classes: labels, classCount: 4).groups, lanes: 1)
    #expect(relativeError(found, expected) <= 1e-12)
    let inputs = [x, equilibria] + network.parameters
    let slopes = gradient(of: expected, wrt: inputs, seed: upstream)
    for (a, b) in zip(gradient(of: found, wrt: inputs, seed: upstream), slopes) {
      #expect(relativeError(a, b) <= 1e-10)
    }
  }
}
