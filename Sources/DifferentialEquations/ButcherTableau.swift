/// The coefficients of an explicit Runge-Kutta method with s stages,
///
///     k_i = f(t + c_i h, y + h Σ_{j < i} a_ij k_j),    y(t + h) ≈ y + h Σ_i b_i k_i
///
/// (Hairer, Nørsett, Wanner, "Solving Ordinary Differential Equations I", II.1). A new method is a
/// new value of this type: nothing else in the module knows a method by name.
public struct ButcherTableau: Sendable, Hashable {
  /// The name in settings, messages and tables.
  public let name: String
  /// The order p of the result: its error in one step is O(h^(p + 1)).
  public let order: Int
  /// c, one for each stage.
  public let nodes: [Double]
  /// Row i holds a_i0 ... a_i(i-1).
  public let coefficients: [[Double]]
  /// b, one for each stage.
  public let weights: [Double]
  /// b minus the weights of the embedded method, whose difference from the result estimates the
  /// error of a step; nil where the method has none and takes fixed steps only.
  public let errorWeights: [Double]?
  /// The state inside a step; nil where the method has only its ends.
  public let interpolant: Interpolant?

  /// A method from its coefficients.
  ///
  /// - Precondition: as many nodes, rows of coefficients, weights and error weights as stages, row i
  ///   holds i coefficients, and the interpolant has a polynomial for each stage and its own.
  public init(
    name: String, order: Int, nodes: [Double], coefficients: [[Double]], weights: [Double],
    errorWeights: [Double]? = nil, interpolant: Interpolant? = nil
  ) {
    let stages = nodes.count
    let further = interpolant?.furtherStages ?? []
    precondition(
      stages > 0 && weights.count == stages && (errorWeights?.count ?? stages) == stages
        && (coefficients + further.map(\.coefficients)).map(\.count)
          == Array(0..<stages + further.count)
        && (interpolant?.polynomials.count ?? stages) == stages + further.count,
      "\(name): the coefficients do not fit \(stages) stages")
    self.name = name
    self.order = order
    self.nodes = nodes
    self.coefficients = coefficients
    self.weights = weights
    self.errorWeights = errorWeights
    self.interpolant = interpolant
  }

  /// The number s of stages.
  public var stageCount: Int { nodes.count }

  /// Whether the last stage is the derivative at the end of the step, and so the first stage of
  /// the next one.
  public var isFirstSameAsLast: Bool {
    stageCount > 1 && nodes.last == 1 && weights.last == 0
      && coefficients.last == Array(weights.dropLast())
  }

  /// Whether steps can be chosen by their error, with outputs between the steps' ends.
  public var isAdaptive: Bool { errorWeights != nil && interpolant != nil && isFirstSameAsLast }
}

extension ButcherTableau: CustomStringConvertible {
  public var description: String { name }
}
