import Foundation
import NeuralNetworks
import Runs
import Tensors
import TestSupport
import Testing

@Suite("What a model file says of itself is bounded before anything is made of it")
struct UntrustedModelTests {
  /// What is said of a model file with this metadata.
  private func message(_ metadata: [String: String]) throws -> String {
    let temporary = try TemporaryFolder()
    let path = temporary.path("model.safetensors")
    let usual = [
      "schemaVersion": "1", "configuration": "{method: neural-ode, data: {name: digits}}",
      "classNames": #"["a","b"]"#, "inputShape": "[1,8,8]",
    ]
    try SafeTensors(["x": .zeros([1])], metadata: usual.merging(metadata) { $1 }).write(to: path)
    do {
      _ = try Run.open(path)
      return "opened"
    } catch {
      return "\(error)".replacingOccurrences(of: path, with: "model")
    }
  }

  @Test("Undamaged metadata comes as far as the weights, which are missing")
  func sound() throws {
    #expect(try message([:]).contains("the tensors do not fit the model"))
  }

  @Test(
    "A shape of no image and no point",
    arguments: [
      "[]", "[0]", "[1,8]", "[1,-8,8]", "[1,8,8,8]", "[9223372036854775807]",
      "[3,9223372036854775807,2]", "[65536,65536,65536]", "[16777217]",
    ])
  func shapes(_ shape: String) throws {
    let message = try message(["inputShape": shape])
    #expect(message.hasPrefix("model: expected metadata inputShape with extents [d] or [C, H, W]"))
    #expect(!message.contains("\n"))
  }

  @Test("What is no list of integers or names")
  func malformed() throws {
    for shape in ["x", "1e400", "[1.5]", "[1e30]", String(repeating: "[", count: 10_000)] {
      #expect(try message(["inputShape": shape]).contains("an array of positive integers"))
    }
    for names in ["[]", "[1]", #"["\#(String(repeating: "n", count: 1001))"]"#] {
      let message = try message(["classNames": names])
      #expect(message.hasPrefix("model: expected ") && message.count < 400)
    }
    let many = "[" + Array(repeating: #""n""#, count: 65_537).joined(separator: ",") + "]"
    #expect(try message(["classNames": many]).contains("classNames with 1 to 65536, found 65537"))
  }

  @Test("Sizes in its configuration are held to their ranges, its text to the bounds of any")
  func configuration() throws {
    func configuration(_ model: String) -> [String: String] {
      ["configuration": "{method: neural-ode, data: {name: digits}, model: {backbone: \(model)}}"]
    }
    #expect(
      try message(configuration("{hidden: 1000000000}"))
        == "model (metadata):1: model.backbone.hidden: expected an integer from 1 to 65536, "
        + "found 1000000000")
    #expect(
      try message(configuration("{features: {dimension: 9223372036854775807}}"))
        .contains("expected an integer from 1 to 4194304"))
    #expect(
      try message(configuration("{flow: {intervals: 9223372036854775807}}"))
        .contains("expected an integer from 1 to 10000"))
    #expect(
      try message(["configuration": "a: &a [1]\nb: *a"]).contains("without anchors and aliases"))
  }
}
