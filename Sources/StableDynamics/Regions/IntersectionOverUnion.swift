/// The mean over classes of |A_i ∩ B_i| / |A_i ∪ B_i|, where A_i and B_i are the points that two
/// labellings give to class i; -1 is no class, and a class that neither has counts 0.
func meanIntersectionOverUnion(of a: [Int], and b: [Int], classCount: Int) -> Double {
  var intersections = [Int](repeating: 0, count: classCount)
  var unions = intersections
  for (i, j) in zip(a, b) {
    if i == j, i >= 0 { intersections[i] += 1 }
    if i >= 0 { unions[i] += 1 }
    if j >= 0, j != i { unions[j] += 1 }
  }
  return zip(intersections, unions).map { $1 == 0 ? 0 : Double($0) / Double($1) }.reduce(0, +)
    / Double(classCount)
}
