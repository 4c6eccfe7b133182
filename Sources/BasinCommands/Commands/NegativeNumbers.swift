extension [String] {
  /// The words of a command line with negative numbers joined to the options before them: `--epochs -1`
  /// as `--epochs=-1`, where the parser takes `-1` for an option.
  var negativeNumbersJoined: [String] {
    var words: [String] = []
    let own = prefix { $0 != "--" }
    for word in own {
      if let last = words.last, last.hasPrefix("--"), !last.contains("="), word.isNegativeNumber {
        words[words.count - 1] = "\(last)=\(word)"
      } else {
        words.append(word)
      }
    }
    return words + dropFirst(own.count)
  }
}

extension String {
  /// Whether it begins as a number below 0 does, a list or a fraction of such too.
  fileprivate var isNegativeNumber: Bool {
    let digits = dropFirst().drop { $0 == "." }
    return hasPrefix("-") && (digits.first?.isNumber == true || self == "-inf")
  }
}
