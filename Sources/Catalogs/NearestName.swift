extension String {
  /// The name that was probably meant by this one.
  ///
  /// Of names in parts, with dots between them, that is one of which this is the end, or which is the end
  /// of this, as after a forgotten prefix; then the only one with the same last part. Else it is the one
  /// that differs least, capitals, hyphens and underscores aside, if by at most a third of its letters;
  /// or whose last part does; or the shortest of which this is the beginning, if it has three letters.
  package func nearestName(of names: [String]) -> String? {
    guard names.count <= 1000, utf8.count <= 200 else { return nil }
    if let related = names.first(where: { hasSuffix(".\($0)") || $0.hasSuffix(".\(self)") }) {
      return related
    }
    let same = names.filter { $0.lastPart == lastPart }
    if same.count == 1 { return same[0] }
    return nearest(of: names) { $0 } ?? nearest(of: names) { String($0.lastPart) }
      ?? completion(among: names)
  }

  private func completion(among names: [String]) -> String? {
    guard count >= 3 else { return nil }
    return names.filter { $0.lowercased().hasPrefix(lowercased()) }
      .min { ($0.count, $0) < ($1.count, $1) }
  }

  private var lastPart: Substring { split(separator: ".").last ?? "" }

  private func nearest(of names: [String], by part: (String) -> String) -> String? {
    func plain(_ name: String) -> String {
      part(name).lowercased().filter { $0 != "-" && $0 != "_" }
    }
    let own = plain(self)
    let nearest = names.map { (name: $0, distance: own.editDistance(to: plain($0))) }
      .min { $0.distance < $1.distance }
    return nearest.flatMap { $0.distance * 3 <= part(self).utf8.count ? $0.name : nil }
  }

  /// Insertions, deletions and replacements of bytes and exchanges of two neighbours that lead to
  /// another string, none of them touched twice (Damerau and Levenshtein, restricted).
  package func editDistance(to other: String) -> Int {
    let (rows, columns) = (Array(utf8), Array(other.utf8))
    var earlier: [Int] = []
    var last = Array(0...columns.count)
    for i in rows.indices {
      var row = [i + 1]
      for j in columns.indices {
        var distance = Swift.min(
          last[j] + (rows[i] == columns[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, rows[i] == columns[j - 1], rows[i - 1] == columns[j] {
          distance = Swift.min(distance, earlier[j - 1] + 1)
        }
        row.append(distance)
      }
      (earlier, last) = (last, row)
    }
    return last[columns.count]
  }
}
