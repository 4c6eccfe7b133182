import Tensors

/// What attacks draw for each sample, stacked: the key of a generator is the seed, the FNV-1a hash
/// of the purpose, the sample's index and the attempt, written out again.
func sampleDraws(
  _ purpose: String, indices: [Int], seed: UInt64 = 0, attempt: Int = 0,
  _ draw: (RandomGenerator) -> Tensor
) -> Tensor {
  var key: UInt64 = 14_695_981_039_346_656_037
  for byte in purpose.utf8 { key = (key ^ UInt64(byte)) &* 1_099_511_628_211 }
  return Tensor.stacked(
    indices.map {
      draw(RandomGenerator(seed: seed, keys: key, UInt64($0), UInt64(attempt)))
    })
}
