import DifferentialEquations

/// A rooted tree, for the order conditions of Runge-Kutta methods (Hairer, Nørsett, Wanner, II.2):
/// a method with weights b has order p where Σ_i b_i Φ_i(t) = 1 / γ(t) for every tree t of up to p
/// vertices.
struct RootedTree: Hashable, Sendable {
  /// The subtrees at the root.
  let children: [RootedTree]

  var order: Int { children.reduce(1) { $0 + $1.order } }

  /// γ(t): the order times the densities of the subtrees.
  var density: Double { children.reduce(Double(order)) { $0 * $1.density } }

  /// Every tree of an order, once.
  static func all(ofOrder order: Int) -> [RootedTree] {
    forests(ofOrder: order - 1, upTo: order - 1).map(RootedTree.init)
  }

  /// Every multiset of trees of at most `limit` vertices each and `order` together.
  private static func forests(ofOrder order: Int, upTo limit: Int) -> [[RootedTree]] {
    if order == 0 { return [[]] }
    return (0..<min(order, limit)).map { $0 + 1 }.flatMap { size in
      (1...order / size).flatMap { count in
        multisets(of: all(ofOrder: size)[...], count: count).flatMap { chosen in
          forests(ofOrder: order - size * count, upTo: size - 1).map { chosen + $0 }
        }
      }
    }
  }

  private static func multisets(
    of trees: ArraySlice<RootedTree>, count: Int
  ) -> [[RootedTree]] {
    if count == 0 { return [[]] }
    return trees.indices.flatMap { index in
      multisets(of: trees[index...], count: count - 1).map { [trees[index]] + $0 }
    }
  }

  /// Φ_i(t) for each stage i: the product over the subtrees s of Σ_j a_ij Φ_j(s).
  func stageWeights(_ coefficients: [[Double]]) -> [Double] {
    let subtrees = children.map { $0.stageWeights(coefficients) }
    return coefficients.map { row in
      subtrees.reduce(1) { product, weights in
        product * zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
  }
}
