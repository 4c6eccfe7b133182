import DifferentialEquations

extension Flow {
  /// A method of the catalogue, `ButcherTableau.catalog`, as settings have it: by its name.
  public struct Solver: RawRepresentable, Codable, Sendable, Hashable, CaseIterable {
    /// The coefficients, with those of the embedded estimate of the error where there is one.
    public let method: ButcherTableau

    public init(_ method: ButcherTableau) { self.method = method }

    /// Nil if no method has the name.
    public init?(rawValue name: String) {
      guard let method = ButcherTableau.named(name) else { return nil }
      self.method = method
    }

    public var rawValue: String { method.name }

    /// Whether the steps are chosen by their error.
    public var isAdaptive: Bool { method.isAdaptive }

    public static var allCases: [Solver] { ButcherTableau.all.map(Solver.init) }

    /// Dormand and Prince's method of order 5(4), of adaptive steps: the paper's and torchdiffeq's
    /// default.
    public static let dopri5 = Solver(.dormandPrince)
    /// Euler's method, of order 1.
    public static let euler = Solver(.euler)
    /// The explicit midpoint method, of order 2.
    public static let midpoint = Solver(.midpoint)
    /// Heun's method, of order 2.
    public static let heun = Solver(.heun)
    /// The classical Runge-Kutta method, of order 4.
    public static let rk4 = Solver(.classicalRungeKutta)
  }
}
