import Methods
import StableDynamics
import Tensors
import Testing
import Verification

@testable import Evaluations

@Suite("Proven cells of models with a two-dimensional state")
struct RegionVerificationTests {
  /// An untrained model, whose field already has a sink at each equilibrium.
  private static func geometry(of method: any Method.Type) throws -> RegionGeometry {
    func usual<M: Method>(_ method: M.Type) throws -> RegionGeometry {
      try geometry(of: method) { _ in }
    }
    return try usual(method)
  }

  private static func geometry<M: Method>(
    of method: M.Type, adjusting: (inout M.Settings) -> Void
  ) throws -> RegionGeometry {
    let input = ModelInput(shape: [2], classCount: 3)
    var settings = method.defaults(for: input)
    adjusting(&settings)
    let model: any TrainableClassifier = try method.build(
      settings, input: input, generator: RandomGenerator(seed: 4), dtype: .float64, device: .cpu)
    return try #require(model.trained().geometry)
  }

  /// A small network: what is proven of it is of the same kind, in a fraction of the time.
  private static func zubovCell() throws -> RegionGeometry {
    try geometry(of: ZubovCellMethod.self) {
      $0.field.hidden = 24
      $0.lyapunov.sizes = [12, 1]
      $0.lyapunov.contextSizes = [12]
    }
  }

  @Test(
    "Formulas are the field and V of the model",
    arguments: ["zubov-cell", "zubov-net", "certified-cell"])
  func formulas(_ name: String) throws {
    let geometry = try Self.geometry(
      of: try #require(MethodCatalog.all.first { $0.name == name }))
    let state = Term.state(2)
    let field = try #require(geometry.field)
    let program = Program(
      dimension: 2,
      outputs: [field.formula(of: state)] + geometry.lyapunov.formulas(of: state) as [Term])
    let places = RandomGenerator(seed: 1).uniform([200, 2], in: -5..<5, dtype: .float64)
    let found = program.values(at: places)
    let (velocity, values) = withoutGradients {
      (geometry.velocity(places), geometry.lyapunov.values(at: places))
    }
    #expect((found[0] - velocity).magnitude.max().item < 1e-9)
    let own = Tensor.concatenated(Array(found.dropFirst()), along: 1)
    #expect((own - values).magnitude.max().item < 1e-9)
  }

  private static var settings: RegionVerification.Settings {
    var settings = RegionVerification.Settings()
    settings.search.relaxationTolerance = 0.05
    settings.search.boxLimit = 20_000
    return settings
  }

  @Test("Cells of zubov-cell and certified-cell are proven, none of zubov-net")
  func cells() throws {
    var certificates: [AttractionCertificate] = []
    let cells = try #require(
      try RegionVerification.of(
        Self.zubovCell(), settings: Self.settings, progress: { _ in },
        certificate: { certificates.append($1) }))
    #expect(cells.cells.allSatisfy { $0.share > 0.5 && $0.share <= 1 }, "\(cells.cells)")
    #expect(certificates.count == 3)
    let followed = try certificates[0].proof.claim.trajectories(count: 1000)
    #expect(followed.count == 1000 && followed.leaving.shape[0] == 0 && followed.undecided == 0)
    let theorem = try #require(
      try RegionVerification.of(
        Self.geometry(of: CertifiedCellMethod.self), settings: Self.settings, progress: { _ in }))
    #expect(theorem.cells.allSatisfy { $0.share > 0.9 }, "\(theorem.cells)")
    let none = try #require(
      try RegionVerification.of(
        Self.geometry(of: ZubovNetMethod.self), settings: Self.settings, progress: { _ in }))
    #expect(none.cells.allSatisfy { $0.level == nil && $0.share == 0 && $0.reason != nil })
    try goesOn(certificates)
  }

  /// The proof of each class is stopped after a few passes, and goes on.
  private func goesOn(_ whole: [AttractionCertificate]) throws {
    let geometry = try Self.zubovCell()
    var (settings, passes) = (Self.settings, 0)
    settings.isCancelled = { passes > 1 }
    let stopped = try #require(
      try RegionVerification.of(geometry, settings: settings, progress: { _ in passes += 1 }))
    #expect(stopped.cells.allSatisfy { $0.level == nil && $0.reason != nil }, "\(stopped.cells)")
    settings.isCancelled = { false }
    var certificates: [AttractionCertificate] = []
    _ = try RegionVerification.of(
      geometry, settings: settings, progress: { _ in }, certificate: { certificates.append($1) })
    #expect(certificates.map(\.proof.claim.level) == whole.map(\.proof.claim.level))
    for (own, other) in zip(certificates, whole) {
      #expect(own.proof.trees.mapValues(\.fates) == other.proof.trees.mapValues(\.fates))
    }
  }
}
