import Failures
import Tensors

/// AutoAugment with the policy found on CIFAR-10: one of 25 pairs of operations for each image.
///
/// A sub-policy is drawn uniformly; each of its two steps then happens with its probability and, of
/// an operation with a direction, in either direction alike. Images are taken as 8-bit levels, and
/// the result is in levels again: k / 255. The images of a batch that have an operation in common
/// are computed together.
///
/// ### Source
/// Cubuk et al., *AutoAugment: Learning augmentation strategies from data*, CVPR 2019; operations as
/// in torchvision's `AutoAugment(AutoAugmentPolicy.CIFAR10)` on uint8 tensors. The random numbers
/// are Basin's own.
public struct AutoAugment: Augmentation {
  /// The name in a configuration.
  public let name = "autoaugment"
  private let policy = AutoAugmentPolicy.cifar10

  /// Creates the augmentation.
  public init() {}

  /// What is drawn for one image.
  package struct Choice: Sendable {
    /// Which pair of steps.
    package let subPolicy: Int
    /// A step happens if its uniform number is at most its probability.
    package let chances: [Double]
    /// The direction of each step.
    package let isPositive: [Bool]

    package init(subPolicy: Int, chances: [Double], isPositive: [Bool]) {
      self.subPolicy = subPolicy
      self.chances = chances
      self.isPositive = isPositive
    }
  }

  public func requireApplicable(to shape: [Int]) throws(Failure) {
    guard shape.count == 3, shape[0] == 1 || shape[0] == 3 else {
      throw inapplicable(expected: "images of one or three channels", to: shape)
    }
  }

  public func augmented(_ images: Tensor, draws: SampleDraws) -> Tensor {
    augmented(images, choices: choices(draws))
  }

  package func choices(_ draws: SampleDraws) -> [Choice] {
    draws.map(for: name) { generator in
      Choice(
        subPolicy: generator.next(below: policy.subPolicies.count),
        chances: (0..<2).map { _ in generator.nextUnit() },
        isPositive: (0..<2).map { _ in generator.next(below: 2) == 1 })
    }
  }

  package func augmented(_ images: Tensor, choices: [Choice]) -> Tensor {
    precondition(
      choices.count == images.shape[0], "AutoAugment: \(choices.count) draws for \(images.shape)")
    return (0..<2).reduce(ImageLevels(images)) { levels, position in
      let steps = choices.map { choice in
        let step = policy.subPolicies[choice.subPolicy][position]
        return choice.chances[position] <= step.probability ? step : nil
      }
      let groups = Dictionary(grouping: steps.indices) { steps[$0]?.operation }
      return levels.mapped(groups.values) { part, rows in
        guard let operation = steps[rows[0]]?.operation else { return part }
        let magnitudes = rows.map {
          operation.magnitude(
            level: steps[$0]!.level, isPositive: choices[$0].isPositive[position],
            height: levels.height, width: levels.width)
        }
        return operation.applied(to: part, magnitudes: magnitudes)
      }
    }.images(like: images)
  }
}
