/// Samples of one shape without labels: images kept as bytes, or points kept as numbers.
///
/// Images stay in the byte form of their file, a quarter of the memory, and become numbers in
/// [0, 1] batch by batch.
public struct Samples: Sendable, Equatable {
  /// How the numbers are kept, row-major, sample after sample.
  enum Storage: Sendable, Equatable {
    case bytes([UInt8], divisor: Int)
    case values([Float])
  }

  let storage: Storage
  /// The number of samples.
  public let count: Int
  /// The shape of one sample: `[channels, height, width]` of an image, `[2]` of a point.
  public let shape: [Int]

  /// The number of elements in one sample.
  public var sampleSize: Int { shape.reduce(1, *) }

  /// Creates images whose pixels are `byte / divisor`, in [0, 1].
  ///
  /// - Parameters:
  ///   - bytes: Pixels, row-major `[count, channels, height, width]`, each at most `divisor`.
  ///   - divisor: The byte that means 1, such as 255.
  ///   - shape: The shape of one sample.
  public init(bytes: [UInt8], divisor: Int, shape: [Int]) {
    precondition((1...255).contains(divisor), "Samples: divisor \(divisor) is not in 1...255")
    self.init(storage: .bytes(bytes, divisor: divisor), elements: bytes.count, shape: shape)
  }

  /// Creates samples from their numbers, row-major, sample after sample.
  public init(values: [Float], shape: [Int]) {
    self.init(storage: .values(values), elements: values.count, shape: shape)
  }

  private init(storage: Storage, elements: Int, shape: [Int]) {
    precondition(shape.allSatisfy { $0 > 0 }, "Samples: shape \(shape) has an empty axis")
    let size = shape.reduce(1, *)
    precondition(elements % size == 0, "Samples: \(elements) elements are not of shape \(shape)")
    self.storage = storage
    self.count = elements / size
    self.shape = shape
  }

  /// The numbers of the chosen samples, row-major, in the order of `indices`.
  public func values(at indices: some Collection<Int>) -> [Float] {
    switch storage {
    case .bytes(let bytes, let divisor):
      let pixel = (0...255).map { Float($0) / Float(divisor) }
      return gathered(bytes, at: indices).map { pixel[Int($0)] }
    case .values(let values):
      return gathered(values, at: indices)
    }
  }

  /// The chosen samples, in the order of `indices`, kept as they are kept here.
  public func subset(_ indices: some Collection<Int>) -> Samples {
    switch storage {
    case .bytes(let bytes, let divisor):
      Samples(bytes: gathered(bytes, at: indices), divisor: divisor, shape: shape)
    case .values(let values):
      Samples(values: gathered(values, at: indices), shape: shape)
    }
  }

  private func gathered<Element>(
    _ elements: [Element], at indices: some Collection<Int>
  ) -> [Element] {
    let size = sampleSize
    var result: [Element] = []
    result.reserveCapacity(indices.count * size)
    for index in indices {
      precondition((0..<count).contains(index), "Samples: no sample \(index) of \(count)")
      result.append(contentsOf: elements[index * size..<(index + 1) * size])
    }
    return result
  }
}
