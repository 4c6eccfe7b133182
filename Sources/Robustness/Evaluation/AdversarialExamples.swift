import Tensors

/// Images that a classifier gets wrong, with what broke each: one for every sample that was broken
/// under one threat model, by the first attack that broke it, in the order of sample indices.
public struct AdversarialExamples {
  /// A sample that was broken, with the image that did it.
  public struct Entry: Sendable {
    /// The name of the attack.
    public let attack: String
    /// Index, label, prediction and distance, and how the attack got there.
    public let sample: Break
    /// One image, without a batch axis, on the CPU.
    public let image: Tensor
  }

  /// What the images are allowed to be.
  public let threat: ThreatModel
  /// One for each broken sample, in the order of sample indices.
  public private(set) var entries: [Entry] = []

  init(threat: ThreatModel) { self.threat = threat }

  /// The number of images.
  public var count: Int { entries.count }

  /// All images [K, ...], or nil where no sample was broken.
  public var images: Tensor? {
    entries.isEmpty ? nil : Tensor.stacked(entries.map(\.image))
  }

  /// Adds what an attack found for samples that have no image yet.
  mutating func add(_ found: [(sample: Break, image: Tensor)], by attack: String) {
    let known = Set(entries.map(\.sample.index))
    entries += found.filter { !known.contains($0.sample.index) }
      .map { Entry(attack: attack, sample: $0.sample, image: $0.image) }
    entries.sort { $0.sample.index < $1.sample.index }
  }
}
