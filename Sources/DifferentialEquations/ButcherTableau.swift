/// The coefficients of an explicit Runge-Kutta method with s stages,
///
///     k_i = f(t + c_i h, y + h Σ_{j < i} a_ij k_j),    y(t + h) ≈ y + h Σ_i b_i k_i
///
/// (Hairer, Nørsett, Wanner, "Solving Ordinary Differential Equations I", II.1), or of a Rosenbrock
/// method, whose stages solve a linear system each (`LinearlyImplicitStages`). A new method is a new
/// value of this type: nothing else in the module knows a method by name.
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
  /// What makes stages implicit; nil for an explicit method.
  public let implicitStages: LinearlyImplicitStages?

  /// A method from its coefficients.
  ///
  /// - Precondition: as many nodes, rows of coefficients, weights and error weights as stages, row i
  ///   holds i coefficients, and the interpolant has a polynomial for each stage and its own.
  public init(
    name: String, order: Int, nodes: [Double], coefficients: [[Double]], weights: [Double],
    errorWeights: [Double]? = nil, interpolant: Interpolant? = nil,
    implicitStages: LinearlyImplicitStages? = nil
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
    self.implicitStages = implicitStages
  }

  /// The number s of stages.
  public var stageCount: Int { nodes.count }

  /// Whether the last stage is the derivative at the end of the step, and so the first stage of
  /// the next one.
  public var isFirstSameAsLast: Bool {
    stageCount > 1 && nodes.last == 1 && weights.last == 0
      && coefficients.last == Array(weights.dropLast())
  }

  /// Whether every stage follows from the ones before it by one evaluation of the field.
  public var isExplicit: Bool { implicitStages == nil }

  /// Whether a stage is evaluated at the state and time that the step begins with.
  func startsAgain(at stage: Int) -> Bool {
    nodes[stage] == 0 && coefficients[stage].allSatisfy { $0 == 0 }
  }

  /// Evaluations of the field a step after the first one, those of a Jacobian aside.
  public var evaluationsPerStep: Int {
    let again = (1..<max(stageCount, 1)).filter(startsAgain).count
    return stageCount - again - (isFirstSameAsLast ? 1 : 0)
  }

  /// Whether steps can be chosen by their error, with outputs between the steps' ends.
  public var isAdaptive: Bool { errorWeights != nil && interpolant != nil && isFirstSameAsLast }
}

extension ButcherTableau {
  /// The same method with the state inside its steps: one that has none gets the derivative at the end
  /// for one more stage, which is the first of the next step, and Hermite's cubic.
  var withInterpolant: ButcherTableau {
    if interpolant != nil { return self }
    let weights = weights + [0]
    return ButcherTableau(
      name: name, order: order, nodes: nodes + [1], coefficients: coefficients + [self.weights],
      weights: weights, interpolant: .cubic(weights: weights, order: order))
  }
}

extension ButcherTableau: CustomStringConvertible {
  public var description: String { name }
}
