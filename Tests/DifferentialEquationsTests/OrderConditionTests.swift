import DifferentialEquations
import Foundation
import Testing

/// Every coefficient of every method against the order conditions: up to its order p they hold to
/// rounding, and at p + 1 one of them fails. A wrong digit anywhere is seen here.
@Suite struct OrderConditionTests {
  static let trees = (1...9).map(RootedTree.all)

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
    Orders(method: .classicalRungeKutta, embedded: nil, dense: nil),
    Orders(method: .threeEighths, embedded: nil, dense: nil),
    Orders(method: .bogackiShampine, embedded: 2, dense: 3),
    Orders(method: .dormandPrince, embedded: 4, dense: 4, denseError: 1e-7),
    Orders(method: .dormandPrince8, embedded: 7, dense: 7),
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

  /// The largest |Σ_i w_i Φ_i(t) - x^n / γ(t)| over the trees of order n.
  func residual(
    _ weights: [Double], _ coefficients: [[Double]], order: Int, at x: Double = 1
  ) -> Double {
    Self.trees[order - 1].map { tree in
      let value = zip(weights, tree.stageWeights(coefficients)).reduce(0) { $0 + $1.0 * $1.1 }
      return abs(value - pow(x, Double(order)) / tree.density)
    }.max()!
  }

  func expect(
    order: Int, _ weights: [Double], _ coefficients: [[Double]], at x: Double = 1,
    to tolerance: Double = 1e-13, _ what: String
  ) {
    for lower in 1...order {
      let found = residual(weights, coefficients, order: lower, at: x)
      #expect(found < tolerance, "\(what): order \(lower) at \(x)")
    }
    #expect(residual(weights, coefficients, order: order + 1, at: x) > 1e-6, "\(what) at \(x)")
  }

  @Test(arguments: orders)
  func resultsErrorsAndOutputsHaveTheirOrders(_ orders: Orders) throws {
    let method = orders.method
    expect(order: method.order, method.weights, method.coefficients, "result")
    #expect(method.isAdaptive == (orders.embedded != nil))
    if let order = orders.embedded {
      let embedded = zip(method.weights, try #require(method.errorWeights)).map { $0 - $1 }
      expect(order: order, embedded, method.coefficients, "embedded")
    }
    #expect(method.interpolant?.order == orders.dense)
    if let interpolant = method.interpolant {
      let coefficients = method.coefficients + interpolant.furtherStages.map(\.coefficients)
      for x in [0.2, 0.45, 0.8] {
        expect(
          order: interpolant.order, interpolant.weights(at: x), coefficients, at: x,
          to: orders.denseError, "inside")
      }
    }
  }
}
