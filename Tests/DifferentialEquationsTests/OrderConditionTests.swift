import DifferentialEquations
import Foundation
import Testing

/// Every coefficient of every method against the order conditions: up to its order p they hold to
/// rounding, and at p + 1 one of them fails. A wrong digit anywhere is seen here.
@Suite struct OrderConditionTests {
  static let trees = RootedTree.all(upTo: 9)

  struct Orders: Sendable, CustomTestStringConvertible {
    let method: ButcherTableau
    let embedded: Int?
    let dense: Int?
    /// How exactly the published coefficients of the interpolant meet its conditions.
    var denseError = 1e-13
    var testDescription: String { method.name }
  }

  /// The orders of the literature; those of results are `ButcherTableau.order`.
  static let orders = [
    Orders(method: .euler, embedded: nil, dense: nil),
    Orders(method: .midpoint, embedded: nil, dense: nil),
    Orders(method: .heun, embedded: nil, dense: nil),
    Orders(method: .shuOsher, embedded: nil, dense: nil),
    Orders(method: .classicalRungeKutta, embedded: nil, dense: nil),
    Orders(method: .threeEighths, embedded: nil, dense: nil),
    Orders(method: .strongStability3Order2, embedded: nil, dense: nil),
    Orders(method: .strongStability4Order2, embedded: nil, dense: nil),
    Orders(method: .strongStability4Order3, embedded: nil, dense: nil),
    Orders(method: .strongStability5Order4, embedded: nil, dense: nil),
    Orders(method: .strongStability10Order4, embedded: nil, dense: nil),
    Orders(method: .adaptiveHeun, embedded: 1, dense: 2),
    Orders(method: .bogackiShampine, embedded: 2, dense: 3),
    Orders(method: .dormandPrince, embedded: 4, dense: 4, denseError: 1e-7),
    Orders(method: .dormandPrince8, embedded: 7, dense: 7),
    Orders(method: .rodas4, embedded: 3, dense: 3),
  ]

  @Test func treesAreAllThereOnce() {
    // The numbers of rooted trees, from Cayley (1857).
    #expect(Self.trees.map(\.count) == [1, 1, 2, 4, 9, 20, 48, 115, 286])
    #expect(Self.trees.allSatisfy { Set($0).count == $0.count })
    // Tall trees have density n!, bushy ones n.
    let tall = (1..<5).reduce(RootedTree(children: [])) { tree, _ in RootedTree(children: [tree]) }
    #expect(tall.density == 120)
    #expect(
      RootedTree(children: [RootedTree](repeating: .init(children: []), count: 4)).density == 5)
    #expect(Self.orders.map(\.method) == ButcherTableau.all)
  }

  /// Expects weights to have an order at x, and no higher one.
  ///
  /// - Parameter stages: Φ_i of each tree, by its order.
  func expect(
    order: Int, _ weights: [Double], _ stages: [[[Double]]], at x: Double = 1,
    to tolerance: Double = 1e-13, _ what: String
  ) {
    let residuals = (1...order + 1).map { n in
      zip(Self.trees[n - 1], stages[n - 1]).map { tree, values in
        let sum = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
        return abs(sum - pow(x, Double(n)) / tree.density)
      }.max()!
    }
    for n in 1...order { #expect(residuals[n - 1] < tolerance, "\(what): order \(n) at \(x)") }
    #expect(residuals[order] > 1e-6, "\(what): order \(order + 1) at \(x)")
  }

  @Test(arguments: orders)
  func resultsErrorsAndOutputsHaveTheirOrders(_ orders: Orders) throws {
    let method = orders.method
    let form = ClassicalForm(method)
    let stages = Self.trees.prefix(method.order + 1).map { trees in
      trees.map { $0.stageWeights(form.coefficients, single: form.single) }
    }
    expect(order: method.order, form.weights(method.weights), stages, "result")
    #expect(method.isAdaptive == (orders.embedded != nil))
    if let order = orders.embedded {
      let embedded = zip(method.weights, try #require(method.errorWeights)).map { $0 - $1 }
      expect(order: order, form.weights(embedded), stages, "embedded")
    }
    #expect(method.interpolant?.order == orders.dense)
    if let interpolant = method.interpolant {
      for x in [0.2, 0.45, 0.8] {
        expect(
          order: interpolant.order, form.weights(interpolant.weights(at: x)), stages, at: x,
          to: orders.denseError, "inside")
      }
    }
  }

  @Test func theTableOfSolversSaysSo() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Documentation/Solvers.md")
    let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter {
      $0.hasPrefix("| `") && !$0.hasPrefix("| `flow.") && $0.split(separator: "|").count == 7
    }
    #expect(rows.count == Self.orders.count)
    for orders in Self.orders {
      let method = orders.method
      let evaluations = "\(method.evaluationsPerStep)\(method.isExplicit ? "" : " and J")"
      let further = method.interpolant?.furtherStages.count ?? 0
      let dense =
        (orders.dense.map(String.init) ?? "-")
        + (further == 0 ? "" : " (\(further) more evaluations)")
      let row =
        "| `\(method.name)` | \(method.order) | \(evaluations) | "
        + "\(orders.embedded.map(String.init) ?? "-") | \(dense) |"
      #expect(rows.contains { $0.hasPrefix(row) }, "\(row)")
    }
  }
}
