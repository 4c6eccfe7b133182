import Catalogs

extension String {
  /// The key that was probably meant by this one: one with the same last part, else the one that
  /// differs in the fewest letters, if by at most a third of them.
  func mostSimilar(of keys: [String]) -> String? {
    guard utf8.count <= 200 else { return nil }
    func last(_ key: String) -> Substring { key.split(separator: ".").last ?? "" }
    if let key = keys.first(where: { last($0) == last(self) }) { return key }
    func nearest(_ distance: (String) -> Int, within limit: Int) -> String? {
      keys.map { (key: $0, distance: distance($0)) }.min { $0.distance < $1.distance }
        .flatMap { $0.distance <= limit ? $0.key : nil }
    }
    return nearest({ editDistance(to: $0) }, within: Swift.max(2, count / 3))
      ?? nearest(
        { String(last(self)).editDistance(to: String(last($0))) },
        within: last(self).count / 3)
  }
}
