import NeuralNetworks
import Tensors
import Testing

@Suite("Block reflectors")
struct BlockReflectorTests {
  let generator = RandomGenerator(seed: 41)

  func reflector(_ width: Int, _ rank: Int, dtype: DType = .float64) -> BlockReflector {
    BlockReflector(width: width, rank: rank, generator: generator, dtype: dtype)
  }

  @Test("It is I - 2 V (VᵀV)⁻¹ Vᵀ, orthogonal, in training and in use", arguments: [1, 3, 4])
  func definition(rank: Int) throws {
    let layer = reflector(6, rank)
    let (v, identity) = (layer.weight.detached, Tensor.identity(6, dtype: .float64))
    let w = identity - v.matmul(v.transposed.matmul(v).inverse).matmul(v.transposed) * 2
    for map in [layer.callAsFunction, try layer.settled(in: .float64).callAsFunction] {
      let found = map(identity).detached
      #expect((found - w).magnitude.max().item <= 1e-13)
      #expect((found.matmul(found.transposed) - identity).norm.item <= 1e-12)
    }
  }

  @Test("Every singular value of the Jacobian is 1")
  func isometry() {
    let layer = reflector(16, 8)
    let values = singularValues(
      jacobian(of: layer.callAsFunction, at: generator.normal([1, 16], dtype: .float64)))
    #expect(values.allSatisfy { abs($0 - 1) <= 1e-12 })
  }

  @Test("Slopes are those of central differences, also of several reflectors in a row")
  func slopes() {
    let x = generator.normal([5, 12], dtype: .float64)
    #expect(worstSlopeError(of: reflector(12, 5), at: x, generator: generator) <= 1e-7)
    struct Chain: NonexpansiveLayer {
      let layers: [BlockReflector]
      var state: ModuleState {
        layers.enumerated().reduce(ModuleState()) { $0 + $1.element.state.prefixed("\($1.offset)") }
      }
      func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0).tanh } }
      func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
        try layers[0].settled(in: dtype)
      }
    }
    let chain = Chain(layers: [reflector(12, 5), reflector(12, 6), reflector(12, 12)])
    #expect(worstSlopeError(of: chain, at: x, generator: generator) <= 1e-7)
  }

  @Test("The measured bound covers the rounded weights, and weights that are worse")
  func measured() throws {
    for dtype in [DType.float32, .float64] {
      let settled = try reflector(64, 32, dtype: .float32).settled(in: dtype)
      let matrix = settled(Tensor.identity(64, dtype: dtype)).to(.float64)
      // What is computed of the identity's rows is rounded itself, hence the last term.
      let norm = singularValues(matrix).last!
      #expect(norm <= settled.lipschitzBound + 64 * dtype.unitRoundoff)
      #expect(settled.lipschitzBound <= 1 + (dtype == .float32 ? 1e-5 : 1e-10))
      #expect(settled.lipschitzBound >= 1)
    }
  }

  @Test("Ill-conditioned columns are still made orthonormal in use")
  func illConditioned() throws {
    let v = generator.normal([20, 4], dtype: .float64)
    let near = v.sliced(0..<1, along: 1) + generator.normal([20, 1], dtype: .float64) * 1e-5
    let nearlyDependent = Tensor.concatenated([v, near], along: 1)
    let settled = try BlockReflector(weight: nearlyDependent).settled(in: .float64)
    #expect(settled.lipschitzBound <= 1 + 1e-10)
  }

  @Test("Parameters that define no reflector are refused, with the layer and what was found")
  func lostRank() throws {
    let v = generator.normal([8, 2])
    let dependent = Tensor.concatenated([v, v], along: 1)
    for weight in [dependent, Tensor.zeros([8, 3]), Tensor.full(.infinity, [8, 3])] {
      let extractor = NonexpansiveExtractor(
        stem: .init(), layers: [MaxMin(channels: 8), BlockReflector(weight: weight)],
        featureCount: 8)
      do throws(NonexpansiveLayerError) {
        _ = try extractor.settled(in: .float32)
        Issue.record("no error")
      } catch {
        #expect(error.layer == "1")
        #expect(error.description.contains("1.weight: expected a matrix of full rank"))
        #expect(!error.description.contains("\n"))
      }
      #expect(extractor.lipschitzBound(on: [8]) == .infinity)
    }
  }
}
