import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Grouping points by class")
struct ClassGroupsTests {
  @Test("Points come in order of class, in their given order within one, and go back")
  func order() {
    let groups = ClassGroups(classes: [2, 0, 3, 0, 2], classCount: 5)
    #expect(groups.classes.integers == [0, 0, 2, 2, 3])
    #expect(groups.groups.rowCount == 5 && groups.groups.count == 5)
    let points = Tensor([20.0, 21, 0, 1, 30, 31, 2, 3, 22, 23], shape: [5, 2])
    let grouped = groups.grouped(points)
    #expect(grouped.doubles == [0, 1, 2, 3, 20, 21, 22, 23, 30, 31])
    #expect(groups.restored(grouped).doubles == points.doubles)
  }

  @Test("Points in order stay as they are")
  func sorted() {
    let groups = ClassGroups(classes: [0, 0, 1, 4], classCount: 5)
    let points = Tensor([1.0, 2, 3, 4])
    #expect(groups.grouped(points).doubles == [1, 2, 3, 4])
    #expect(groups.restored(points).doubles == [1, 2, 3, 4])
  }

  @Test("Grouping is a permutation for any labels", arguments: 0..<10 as Range<UInt64>)
  func random(seed: UInt64) {
    let labels = (RandomGenerator(seed: seed).uniform([23]) * 6).integers
    let groups = ClassGroups(classes: labels, classCount: 6)
    let positions = Tensor.range(23)
    #expect(groups.restored(groups.grouped(positions)).integers == Array(0..<23))
    #expect(groups.grouped(int64(labels)).integers == labels.sorted())
    #expect(groups.classes.integers == labels.sorted())
  }
}
