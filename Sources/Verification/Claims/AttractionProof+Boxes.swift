import Tensors

extension AttractionProof {
  /// The boxes on which the decrease of the candidate is bounded, largest first, as many as a picture shows.
  public func decreaseBoxes(limit: Int) -> Boxes {
    let parts = claim.decrease.compactMap { part in
      trees[part.name].map { $0.provenBoxes(of: part.statement.domain) }
    }
    let all = Boxes.concatenated(parts)
    guard all.count > limit else { return all }
    return all.selecting(all.volumes.largest(limit, along: 0).indices)
  }
}

extension SplitTree {
  /// The boxes that are proven.
  func provenBoxes(of domain: Boxes) -> Boxes {
    var parts: [Boxes] = []
    try? forEachGeneration(of: domain) { generation in
      let fates = Array(generation.fates)
      guard !fates.isEmpty else { return }
      let marks = Tensor(fates, shape: [fates.count]).to(.int64)
      parts.append(generation.boxes.selecting((marks .== Double(Fate.proven)).trueIndices))
    }
    return .concatenated(parts)
  }
}
