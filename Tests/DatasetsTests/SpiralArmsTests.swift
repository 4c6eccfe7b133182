import Datasets
import Testing

@Suite("SpiralArms")
struct SpiralArmsTests {
  @Test("gives 500 and 200 points an arm, in the unit square")
  func points() throws {
    let dataset = try SpiralArms().load(LoadOptions())
    #expect(dataset.train.classCounts == [500, 500, 500])
    #expect(dataset.test.classCounts == [200, 200, 200])
    #expect(dataset.train.sampleShape == [2])
    let values = dataset.train.samples.values(at: 0..<1500)
    #expect(values.allSatisfy { (0...1).contains($0) })
  }

  @Test("is a function of the data seed")
  func deterministic() throws {
    let dataset = try SpiralArms().load(LoadOptions(dataSeed: 4))
    #expect(dataset.train == (try SpiralArms().load(LoadOptions(dataSeed: 4)).train))
    #expect(dataset.train != (try SpiralArms().load(LoadOptions(dataSeed: 5)).train))
  }

  @Test("the arms are apart: the nearest training point has the label of the test point")
  func nearestNeighbour() throws {
    let dataset = try SpiralArms().load(LoadOptions())
    let train = dataset.train.samples.values(at: 0..<1500)
    let test = dataset.test.samples.values(at: 0..<600)
    var nearestOther = Float.infinity
    for sample in 0..<600 {
      func distance(_ other: Int) -> Float {
        let x = train[2 * other] - test[2 * sample]
        let y = train[2 * other + 1] - test[2 * sample + 1]
        return (x * x + y * y).squareRoot()
      }
      let label = dataset.test.labels[sample]
      let own = (0..<1500).filter { dataset.train.labels[$0] == label }.map(distance).min()!
      let other = (0..<1500).filter { dataset.train.labels[$0] != label }.map(distance).min()!
      #expect(own < other)
      nearestOther = min(nearestOther, other)
    }
    #expect(nearestOther > 0.02)
  }
}
