import Datasets
import Evaluations
import Foundation
import NeuralNetworks
import Studies
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Files of dynamical systems") struct SystemFileTests {
  static let examples = [
    "unit-disc", "reversed-van-der-pol", "pendulum", "two-machine", "polynomial",
    "three-dimensional",
  ]

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appendingPathComponent("../../Examples/Systems")

  @Test("ship as examples, each with a stable equilibrium in its box", arguments: examples)
  func examplesAreRead(name: String) throws {
    let file = try SystemFile(
      contentsOf: Self.folder.appendingPathComponent("\(name).yaml"))
    #expect(file.states.count == file.system.dimension)
    #expect(file.equations.count == file.states.count)
  }

  /// Reads a text as the file `system.yaml`.
  private func read(_ text: String, in folder: TemporaryFolder) throws -> SystemFile {
    try SystemFile(contentsOf: folder.write(text, to: "system.yaml"))
  }

  private static let sound = """
    states: [x, y]
    parameters: {k: 2, half: k/4}
    equations:
      x: -x + half*y
      y: -y
    equilibrium: [0, 0]
    box: {x: [-1, 1], y: [-k, k]}
    """

  @Test("have parameters, which may be formulas of those above, and intervals by name")
  func parametersAreFormulas() throws {
    let folder = try TemporaryFolder()
    let file = try read(Self.sound, in: folder)
    #expect(file.name == "system")
    #expect(file.system.box == [-1...1, -2...2])
    #expect(file.system.linearization.doubles == [-1, 0.5, 0, -1])
  }

  /// What is replaced in a sound file, by what, and what is said of it.
  static let mistakes: [(String, String, String)] = [
    (
      "half*y", "hallf*y",
      "system.yaml:4: equations.x: column 6 of '-x + hallf*y': there is no 'hallf'"
    ),
    ("-x + half*y", "-x + (half*y", "expected ')' for the '(' of column 6, found the end"),
    (
      "-x + half*y", "sinn(x)",
      "equations.x: column 1 of 'sinn(x)': there is no function 'sinn'. Did you mean sin?"
    ),
    ("-x + half*y", "-x/0", "column 3 of '-x/0': expected a divisor other than 0, found 0"),
    (
      "-x + half*y", "-x + half*y/(1.5 - y)",
      "system.yaml:4: equations.x: column 12 of '-x + half*y/(1.5 - y)': expected what is bounded "
        + "everywhere in the box, found a pole or no value near x = "
    ),
    (
      "-x + half*y", "-x + half*log(1 - 2*x^2)*y",
      "column 11 of '-x + half*log(1 - 2*x^2)*y'",
    ),
    ("k/4", "kk/4", "parameters.half: column 1 of 'kk/4': there is no 'kk'"),
    (
      "equilibrium: [0, 0]", "equilibrium: [0.5, 0]",
      "system.yaml:6: equilibrium: expected a point where nothing changes, found dx/dt = -0.5"
    ),
    (
      "equilibrium: [0, 0]", "equilibrium: [0, 0, 0]",
      "system.yaml:6: equilibrium: expected 2 numbers, one for each state, found a list of 3"
    ),
    ("equilibrium: [0, 0]", "", "equilibrium: expected a list of 2 numbers"),
    (
      "  y: -y", "  y: y",
      "expected a stable one, whose linearization has eigenvalues with negative real parts, found the largest real part 1."
    ),
    ("  y: -y\n", "", "equations: y: expected the rate of change of y, found nothing"),
    (
      "x: [-1, 1]", "x: [1, 2]",
      "system.yaml:7: box: expected an interval with the equilibrium inside, found x = 0.0 for [1.0, 2.0]"
    ),
    (
      "x: [-1, 1]", "x: [1, -1]",
      "box.x: expected an interval whose low end is below the high one, found [1.0, -1.0]"
    ),
    ("x: [-1, 1]", "x: [1]", "box.x: expected an interval [low, high], found a list of 1"),
    ("x: [-1, 1]", "z: [-1, 1]", "box: there is no key 'z'."),
    ("states", "state", "there is no key 'state'. Did you mean states?"),
    ("[x, y]", "[x, x]", "states: expected different names, found 'x' twice"),
    (
      "[x, y]", "[x, sin]",
      "states: expected a name of letters, digits and _ that is none of pi and the functions, found 'sin'"
    ),
    ("[x, y]", "[]", "states: expected at least one state, found none"),
    ("[x, y]", "[a, b, c, d, e, f, g]", "expected at most 6 states, found 7"),
    ("k: 2", "x: 2", "parameters: expected different names, found 'x' twice"),
    ("k: 2", "k: [2]", "parameters.k: expected a formula, found a list of 1"),
    ("k: 2", "k: 1e999", "below 1.8e308"),
    (
      "equations", "network: a.safetensors\nequations",
      "expected either equations or a network, found both"
    ),
  ]

  @Test("that are wrong are told so at their line", arguments: mistakes)
  func mistakesHaveALine(old: String, new: String, message: String) throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: SystemFileError.self) {
      try read(Self.sound.replacingOccurrences(of: old, with: new), in: folder)
    }
    #expect("\(error)".contains(message), "\(error)")
    #expect(!"\(error)".contains("\n"))
  }

  @Test("that are damaged anywhere are read or refused, without harm")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let pieces = [
      "", "-", "(", ")", "[", "]", "{", "}", ":", ",", "^", "*", "/", "x", "1e308", "-1e308",
      "1e-320",
      "9223372036854775808", ".nan", "\n", "\n  ", "log(", "sqrt(", "^1e300", "^-1", "&a ", "\u{0}",
      "ÿ",
    ]
    var random = SplitMix64(seed: 0)
    var refused = 0
    for _ in 0..<300 {
      var text = Array(Self.sound)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let start = Int.random(in: 0...text.count, using: &random)
        let end = min(text.count, start + Int.random(in: 0...2, using: &random))
        text.replaceSubrange(start..<end, with: pieces.randomElement(using: &random)!)
      }
      do {
        let file = try read(String(text), in: folder)
        #expect(file.states.count == file.system.dimension)
      } catch {
        refused += 1
        #expect(!"\(error)".contains("\n"), "\(error)")
      }
    }
    #expect((100..<300).contains(refused))
  }

  @Test("have as many products as they like, which YAML's aliases begin like")
  func productsAreNoAliases() throws {
    let folder = try TemporaryFolder()
    let product = (0..<40).map { _ in "(x)*y*x" }.joined(separator: " + ")
    _ = try read(
      Self.sound.replacingOccurrences(of: "half*y", with: "half*(\(product))"), in: folder)
  }

  @Test("may have a network for a field, whose tensors are those of PyTorch's Sequential")
  func networksAreFields() throws {
    let folder = try TemporaryFolder()
    let generator = RandomGenerator(seed: 0)
    let second = generator.normal([2, 3], deviation: 0.01)
    // -x + small: stable at 0, as tanh has no constant.
    let skip = Tensor([Float(-1), 0, 0, 0, -1, 0], shape: [2, 3])
    let entry = Tensor([Float(1), 0, 0, 1, 0, 0], shape: [3, 2])
    try SafeTensors(["0.weight": entry, "2.weight": skip + second])
      .write(to: folder.path("f.safetensors"))
    let text = Self.sound.replacingOccurrences(
      of: "equations:\n  x: -x + half*y\n  y: -y\n", with: "network: f.safetensors\n")
    let system = try read(text, in: folder).system
    let places = generator.normal([4, 2], dtype: .float64)
    let expected = places.linear(weight: entry.to(.float64)).tanh
      .linear(weight: (skip + second).to(.float64))
    #expect((system.velocities(at: places) - expected).magnitude.max().item < 1e-14)

    try SafeTensors(["0.weight": entry]).write(
      to: folder.path("f.safetensors"))
    let error = try #require(throws: SystemFileError.self) { try read(text, in: folder) }
    #expect("\(error)".contains("expected a last layer of 2 outputs, one for each state, found 3"))
  }
}
