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

  /// Every tree of 1, 2, ..., `order` vertices, once.
  static func all(upTo order: Int) -> [[RootedTree]] {
    (0..<order).reduce(into: []) { trees, vertices in
      trees.append(forests(of: trees, vertices: vertices, upTo: vertices).map(RootedTree.init))
    }
  }

  /// Every multiset of trees of at most `limit` vertices each and `vertices` together.
  private static func forests(
    of trees: [[RootedTree]], vertices: Int, upTo limit: Int
  ) -> [[RootedTree]] {
    if vertices == 0 { return [[]] }
    return (0..<min(vertices, limit)).map { $0 + 1 }.flatMap { size in
      (1...vertices / size).flatMap { count in
        let rest = forests(of: trees, vertices: vertices - size * count, upTo: size - 1)
        return rest.isEmpty
          ? []
          : multisets(of: trees[size - 1][...], count: count).flatMap { chosen in
            rest.map { chosen + $0 }
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
  ///
  /// - Parameter single: the coefficients where a vertex has one subtree only: those of a Rosenbrock
  ///   method, a_ij + γ_ij, for which f and its linear part are one (Hairer, Wanner, IV.7).
  func stageWeights(_ coefficients: [[Double]], single: [[Double]]? = nil) -> [Double] {
    let subtrees = children.map { $0.stageWeights(coefficients, single: single) }
    let rows = children.count == 1 ? single ?? coefficients : coefficients
    return rows.map { row in
      subtrees.reduce(1) { product, weights in
        product * zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
  }
}
