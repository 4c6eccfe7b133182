/// Sub-policies, of which AutoAugment draws one for each image: steps that follow each other.
package struct AutoAugmentPolicy: Sendable {
  /// An operation, its probability, and its strength on the scale of ten levels, 0 to 9.
  package struct Step: Sendable {
    package let operation: AutoAugmentOperation
    package let probability: Double
    /// 0 for an operation that has no strength.
    package let level: Int

    init(_ operation: AutoAugmentOperation, _ probability: Double, _ level: Int = 0) {
      self.operation = operation
      self.probability = probability
      self.level = level
    }
  }

  /// Pairs of steps.
  package let subPolicies: [[Step]]

  /// The policy that was found on CIFAR-10.
  ///
  /// ### Source
  /// Cubuk, Zoph, Mané, Vasudevan, Le, *AutoAugment: Learning augmentation strategies from data*,
  /// CVPR 2019, appendix, as torchvision's `AutoAugmentPolicy.CIFAR10` has it.
  package static let cifar10 = AutoAugmentPolicy(subPolicies: [
    [.init(.invert, 0.1), .init(.contrast, 0.2, 6)],
    [.init(.rotate, 0.7, 2), .init(.translateX, 0.3, 9)],
    [.init(.sharpness, 0.8, 1), .init(.sharpness, 0.9, 3)],
    [.init(.shearY, 0.5, 8), .init(.translateY, 0.7, 9)],
    [.init(.autoContrast, 0.5), .init(.equalize, 0.9)],
    [.init(.shearY, 0.2, 7), .init(.posterize, 0.3, 7)],
    [.init(.color, 0.4, 3), .init(.brightness, 0.6, 7)],
    [.init(.sharpness, 0.3, 9), .init(.brightness, 0.7, 9)],
    [.init(.equalize, 0.6), .init(.equalize, 0.5)],
    [.init(.contrast, 0.6, 7), .init(.sharpness, 0.6, 5)],
    [.init(.color, 0.7, 7), .init(.translateX, 0.5, 8)],
    [.init(.equalize, 0.3), .init(.autoContrast, 0.4)],
    [.init(.translateY, 0.4, 3), .init(.sharpness, 0.2, 6)],
    [.init(.brightness, 0.9, 6), .init(.color, 0.2, 8)],
    [.init(.solarize, 0.5, 2), .init(.invert, 0.0)],
    [.init(.equalize, 0.2), .init(.autoContrast, 0.6)],
    [.init(.equalize, 0.2), .init(.equalize, 0.6)],
    [.init(.color, 0.9, 9), .init(.equalize, 0.6)],
    [.init(.autoContrast, 0.8), .init(.solarize, 0.2, 8)],
    [.init(.brightness, 0.1, 3), .init(.color, 0.7, 0)],
    [.init(.solarize, 0.4, 5), .init(.autoContrast, 0.9)],
    [.init(.translateY, 0.9, 9), .init(.translateY, 0.7, 9)],
    [.init(.autoContrast, 0.9), .init(.solarize, 0.8, 3)],
    [.init(.equalize, 0.8), .init(.invert, 0.1)],
    [.init(.translateY, 0.7, 9), .init(.autoContrast, 0.9)],
  ])
}
