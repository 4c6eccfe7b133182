extension String {
  /// The candidate that differs least from this name, if by at most a third of its length, to be
  /// asked for in an error. One that is the end of the other, as after a forgotten prefix, is next.
  func mostSimilar(of candidates: [String]) -> String? {
    guard candidates.count <= 1000, utf8.count <= 200 else { return nil }
    if let tail = candidates.first(where: { hasSuffix(".\($0)") || $0.hasSuffix(".\(self)") }) {
      return tail
    }
    let nearest = candidates.map { (name: $0, distance: editDistance(to: $0)) }
      .min { $0.distance < $1.distance }
    return nearest.flatMap { $0.distance * 3 <= utf8.count ? $0.name : nil }
  }

  /// Insertions, deletions and replacements of bytes that lead to another string (Levenshtein).
  package func editDistance(to other: String) -> Int {
    let columns = Array(other.utf8)
    var row = Array(0...columns.count)
    for (i, byte) in utf8.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, column) in columns.enumerated() {
        let replaced = diagonal + (byte == column ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[columns.count]
  }
}
