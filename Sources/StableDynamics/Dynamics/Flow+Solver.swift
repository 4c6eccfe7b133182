import DifferentialEquations

extension Flow {
  /// A method of the catalogue, `ButcherTableau.catalog`, as settings have it: by its name.
  public struct Solver: RawRepresentable, Codable, Sendable, Hashable, CaseIterable {
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

    public static let dopri5 = Solver(.dormandPrince)
    public static let euler = Solver(.euler)
    public static let midpoint = Solver(.midpoint)
    public static let heun = Solver(.heun)
    public static let rk4 = Solver(.classicalRungeKutta)
  }
}
