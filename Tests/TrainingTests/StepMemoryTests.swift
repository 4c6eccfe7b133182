import Testing
import Training

@Suite("Memory of a training step")
struct StepMemoryTests {
  @Test("A linear function of the samples, and its inverse")
  func line() {
    let memory = StepMemory(fixed: 1000, perSample: 10)
    #expect(memory.bytes(batchSize: 20) == 1200)
    #expect(memory.largestBatch(within: 1200) == 20)
    #expect(memory.largestBatch(within: 1209) == 20)
    #expect(memory.largestBatch(within: 1009) == 0)
    #expect(memory.largestBatch(within: -5) == 0)
  }
}
