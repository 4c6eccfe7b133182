import Catalogs

extension String {
  /// The candidate that differs least from this name, if by at most a third of its length, to be
  /// asked for in an error. One that is the end of the other, as after a forgotten prefix, is next.
  func mostSimilar(of candidates: [String]) -> String? {
    guard candidates.count <= 1000, utf8.count <= 200 else { return nil }
    if let tail = candidates.first(where: { hasSuffix(".\($0)") || $0.hasSuffix(".\(self)") }) {
      return tail
    }
    return nearestName(of: candidates)
  }
}
