import Catalogs

extension CommandFailure {
  /// The message, with the name that was probably meant where it says `expected one of A, B, C,
  /// found 'X'`, as every error over a name that is none does.
  var advice: String { message.namingNearest }
}

extension String {
  var namingNearest: String {
    guard !contains("Did you mean"),
      let match = firstMatch(
        of:
          /(?:one of|some of|names among) (?<names>[^'"]+?), found ['"]?(?<given>[^'"\s]+?)['"]?(?:\.?$|[.,;] )/
      ),
      let nearest = NameList(match.names).name(meantBy: String(match.given))
    else { return self }
    return "\(self)\(hasSuffix(".") || hasSuffix("?") ? "" : ".") Did you mean \(nearest)?"
  }
}

/// Names in words: separated by commas or an `or`.
private struct NameList {
  let names: [String]

  init(_ text: Substring) {
    names = text.replacing(" or ", with: ", ").split(separator: ",").compactMap { part in
      part.split(separator: " ").last.map(String.init)
    }
  }

  /// What is called otherwise elsewhere.
  private static let synonyms = [
    "gpu": "cuda", "aa": "autoattack", "resnet": "resnet18",
    "node": "neural-ode", "fmnist": "fashion-mnist", "tin": "tiny-imagenet",
    "linf": "Linf", "l-inf": "Linf", "inf": "Linf", "2": "L2",
  ]

  func name(meantBy given: String) -> String? {
    if let name = Self.synonyms[given.lowercased()], names.contains(name) { return name }
    return given.nearestName(of: names)
  }
}
