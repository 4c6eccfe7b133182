import Testing

@testable import Catalogs

@Suite("Nearest names")
struct NearestNameTests {
  @Test(
    "The name that was meant",
    arguments: [
      ("cifar-1O", ["mnist", "cifar10"], "cifar10"), ("CIFAR_10", ["mnist", "cifar10"], "cifar10"),
      ("anything", ["mnist", "cifar10"], nil),
      ("layuot", ["images", "labels", "layout"], "layout"),
      // A forgotten prefix, or one too many, before what looks alike.
      ("fc.weight", ["fc.weights", "extractor.fc.weight"], "extractor.fc.weight"),
      ("module.fc.weight", ["fc.weights", "fc.weight"], "fc.weight"),
      // The one with the same last part; of several, the nearest as a whole.
      ("model.learningRate", ["model.length", "training.learningRate"], "training.learningRate"),
      ("a.wieght", ["a.weight", "b.weight"], "a.weight"),
      ("layer1.weight", ["layer2.conv.weight", "layer1x.weight"], "layer1x.weight"),
      // The shortest of those that it begins.
      ("zubov", ["resnet18", "zubov-cell", "zubov-net"], "zubov-net"),
      ("zu", ["resnet18", "zubov-cell", "zubov-net"], nil),
      // The last part alone.
      (
        "solver.tolerence", ["model.backbone.flow.tolerance", "model.seed"],
        "model.backbone.flow.tolerance"
      ),
    ] as [(String, [String], String?)])
  func nearest(name: String, names: [String], expected: String?) {
    #expect(name.nearestName(of: names) == expected)
  }

  @Test("Neither long names nor many are compared")
  func bounds() {
    #expect(String(repeating: "a", count: 201).nearestName(of: ["a"]) == nil)
    #expect("a".nearestName(of: Array(repeating: "b", count: 1001)) == nil)
  }
}
