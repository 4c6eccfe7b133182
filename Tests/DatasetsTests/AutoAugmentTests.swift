import Datasets
import Tensors
import TestSupport
import Testing

@Suite("AutoAugment")
struct AutoAugmentTests {
  let golden: Golden

  init() throws { golden = try Golden("autoaugment_u8") }

  /// The cases of the golden file under a name: an operation at a level on two images, the magnitude
  /// of the first one positive and that of the second one negative.
  private func cases(_ images: String) throws -> [(key: String, operation: String, level: Int)] {
    try golden.tensors.keys.filter { $0.hasPrefix("out.\(images).") }.sorted().map { key in
      let parts = key.split(separator: ".")
      return (key, String(parts[2]), try #require(Int(parts[3])))
    }
  }

  /// How many pixels of images are not at the expected level.
  private func differences(_ images: Tensor, _ levels: Tensor) -> Int {
    ((images.to(.float64) * 255).rounded .!= levels).to(.int64).sum().integers[0]
  }

  /// Every level of every image equals the reference's: all is integer arithmetic, or single
  /// precision with the same roundings; no source pixel of these cases lies halfway between two.
  @Test("each operation gives the reference's levels", arguments: ["rgb", "grey", "flat"])
  func operations(images name: String) throws {
    let cases = try cases(name)
    let expectedCount = ["rgb": 33, "grey": 10, "flat": 2]
    #expect(cases.count == expectedCount[name])
    let images = ImageLevels(golden.images("in.\(name)"))
    for (key, operation, level) in cases {
      let operation = try #require(AutoAugmentOperation(rawValue: operation))
      let expected = golden[key].to(.float64)
      let magnitudes = (0..<expected.shape[0]).map {
        operation.magnitude(level: level, isPositive: $0 == 0, height: 32, width: 32)
      }
      let found = operation.applied(to: images, magnitudes: magnitudes).images(like: expected)
      #expect(differences(found, expected) == 0, "\(key)")
    }
  }

  @Test("the reference covers every operation, each where the policy has it")
  func coverage() throws {
    let cases = try cases("rgb")
    #expect(Set(cases.map(\.operation)) == Set(AutoAugmentOperation.allCases.map(\.rawValue)))
    for step in AutoAugmentPolicy.cifar10.subPolicies.joined() {
      #expect(cases.contains { $0.operation == step.operation.rawValue && $0.level == step.level })
    }
  }

  @Test("magnitudes are the reference's to the last bit", arguments: AutoAugmentOperation.allCases)
  func magnitudes(operation: AutoAugmentOperation) {
    func magnitudes(isPositive: Bool) -> [Double] {
      (0...9).map {
        operation.magnitude(level: $0, isPositive: isPositive, height: 32, width: 28)
      }
    }
    // The last bit of the reference's translations depends on the processor, their whole part does not.
    let isTranslation = operation == .translateX || operation == .translateY
    let expected = golden["magnitude.\(operation.rawValue)"].doubles
      .map { isTranslation ? $0.rounded(.towardZero) : $0 }
    #expect(magnitudes(isPositive: true) == expected)
    let isSigned = ![.posterize, .solarize, .autoContrast, .equalize, .invert].contains(operation)
    #expect(magnitudes(isPositive: false) == (isSigned ? expected.map { -$0 } : expected))
  }

  @Test("each sub-policy, both steps taken, gives the reference's image")
  func policy() {
    let count = AutoAugmentPolicy.cifar10.subPolicies.count
    #expect(
      AutoAugmentPolicy.cifar10.subPolicies.flatMap { $0.map(\.probability) }
        == golden["probabilities"].doubles)
    let choices = (0..<count).map {
      AutoAugment.Choice(
        subPolicy: $0, chances: [0, 0], isPositive: [$0 % 2 == 1, $0 / 2 % 2 == 1])
    }
    let image = golden.images("in.policy")
    let images = Tensor.concatenated(Array(repeating: image, count: count))
    let found = AutoAugment().augmented(images, choices: choices)
    let expected = golden["out.policy"].to(.float64)
    for index in 0..<count {
      #expect(differences(found[index], expected[index]) == 0, "sub-policy \(index)")
    }
    // A step whose chance is above its probability is left out.
    let none = choices.map {
      AutoAugment.Choice(
        subPolicy: $0.subPolicy, chances: [0.91, 0.91], isPositive: $0.isPositive)
    }
    #expect(AutoAugment().augmented(images, choices: none).bytes.elementsEqual(images.bytes))
  }

  @Test("a shear by a whole pixel a row, a translation and a right angle move pixels exactly")
  func exactGeometry() {
    let plane = Tensor((0..<16).map { Float($0) / 255 }, shape: [1, 1, 4, 4])
    let levels = ImageLevels(plane)
    func after(_ operation: AutoAugmentOperation, _ magnitude: Double) -> [Int] {
      let result = operation.applied(to: levels, magnitudes: [magnitude])
      return (result.images(like: plane) * 255).rounded.integers
    }
    // The source of row i lies 2 (i + 1/2) = 1, 3, 5, 7 pixels to the right.
    #expect(after(.shearX, 2) == [1, 2, 3, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(after(.shearY, 2) == [4, 13, 0, 0, 8, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0])
    #expect(after(.translateX, 1) == [0, 0, 1, 2, 0, 4, 5, 6, 0, 8, 9, 10, 0, 12, 13, 14])
    #expect(after(.translateY, -2) == [8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(after(.rotate, 90) == [3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12])
  }

  @Test("choices are uniform and fair")
  func choices() {
    let count = 20_000
    let choices = AutoAugment().choices(
      SampleDraws(seed: 3, epoch: 1, indices: Array(0..<count)))
    var policies = Array(repeating: 0, count: 25)
    for choice in choices { policies[choice.subPolicy] += 1 }
    // Binomial counts: six standard deviations.
    #expect(policies.allSatisfy { abs($0 - 800) < 6 * 28 })
    for step in 0..<2 {
      #expect(abs(choices.count { $0.isPositive[step] } - count / 2) < 6 * 71)
      #expect(abs(choices.count { $0.chances[step] <= 0.3 } - 6000) < 6 * 65)
    }
    // Neither do the two steps of an image go together.
    #expect(abs(choices.count { $0.isPositive[0] == $0.isPositive[1] } - count / 2) < 6 * 71)
    #expect(
      abs(choices.count { ($0.chances[0] <= 0.5) == ($0.chances[1] <= 0.5) } - count / 2) < 6 * 71)
  }
}
