import Failures

/// The classes that the labels of some files name.
struct ArrayClasses {
  let names: [String]

  /// By the labels of the training part: names in alphabetical order, or numbers from 0 on.
  ///
  /// - Throws: `Failure` of kind `malformed` for fewer than two classes, and for numbers that
  ///   do not begin at 0 or leave one out.
  init(of part: ArrayPart) throws(Failure) {
    switch part.labels {
    case .names(let labels):
      names = Set(labels).sorted()
    case .numbers(let labels):
      let classes = Set(labels)
      if let least = classes.min(), least < 0 || (least > 0 && classes.count > 1) {
        throw part.failure(
          "class numbers from 0 on", "labels from \(least) to \(classes.max()!)",
          "Number the classes 0, 1, ..., such as with numpy.unique(y, return_inverse=True)[1].")
      }
      if classes.count > 1, let gap = (0..<classes.max()!).first(where: { !classes.contains($0) }) {
        throw part.failure(
          "samples of every class from 0 to \(classes.max()!)", "none of class \(gap)",
          "Number the classes without a gap.")
      }
      names = classes.sorted().map { "\($0)" }
    }
    guard names.count >= 2 else {
      throw part.failure(
        "samples of two classes or more", "one class (\(names.first ?? "none"))",
        "Give samples of what is to be told apart.")
    }
  }

  /// The class of each sample of a part.
  ///
  /// - Throws: `Failure` of kind `malformed` that names the first label that is no class.
  func labels(of part: ArrayPart) throws(Failure) -> [Int] {
    let texts: [String] =
      switch part.labels {
      case .numbers(let numbers): numbers.map { "\($0)" }
      case .names(let names): names
      }
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    if let odd = texts.firstIndex(where: { places[$0] == nil }) {
      throw Failure(
        .malformed, at: part.place(of: odd),
        expected: "a label of the training part's classes "
          + "(\(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", ..." : ""))",
        found: "\(texts[odd].prefix(60)) of sample \(odd)",
        remedy: "Use files of the same data set, labelled alike.")
    }
    return texts.map { places[$0]! }
  }
}
