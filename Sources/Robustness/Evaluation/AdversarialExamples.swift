import Tensors

/// Images that a classifier gets wrong, with what broke each: one for every sample that was broken
/// under one threat model, by the first attack that broke it.
public struct AdversarialExamples {
  public let threat: ThreatModel
  /// [K, ...] on the CPU, or nil where no sample was broken.
  public let images: Tensor?
  /// What is known of each image, in their order.
  public let entries: [Entry]

  public struct Entry: Sendable, Hashable {
    /// The name of the attack.
    public let attack: String
    public let sample: Break
  }

  /// The number of images.
  public var count: Int { entries.count }

  /// Collects the first image for each sample.
  init(threat: ThreatModel, found: [(attack: String, sample: Break, image: Tensor)]) {
    var seen: Set<Int> = []
    let first = found.filter { seen.insert($0.sample.index).inserted }
      .sorted { $0.sample.index < $1.sample.index }
    self.threat = threat
    images = first.isEmpty ? nil : Tensor.stacked(first.map(\.image))
    entries = first.map { Entry(attack: $0.attack, sample: $0.sample) }
  }
}
