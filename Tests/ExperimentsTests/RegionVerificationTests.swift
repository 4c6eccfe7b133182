import StableDynamics
import Tensors
import Testing
import Verification

@testable import Experiments

@Suite("Proven cells of models with a two-dimensional state")
struct RegionVerificationTests {
  /// An untrained model, whose field already has a sink at each equilibrium.
  private static func geometry(of method: any Method.Type) throws -> RegionGeometry {
    let input = ModelInput(shape: [2], classCount: 3)
    func build<M: Method>(_ method: M.Type) throws -> any TrainableClassifier {
      try method.build(
        method.defaults(for: input), input: input, generator: RandomGenerator(seed: 4),
        dtype: .float64, device: .cpu)
    }
    return try #require(try build(method).trained().geometry)
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

  @Test("Cells of zubov-cell and certified-cell are proven, none of zubov-net")
  func cells() throws {
    var search = BranchAndBound()
    search.relaxationTolerance = 0.02
    search.boxLimit = 20_000
    var certificates: [AttractionCertificate] = []
    let cells = try #require(
      try RegionVerification.of(
        Self.geometry(of: ZubovCellMethod.self), search: search, progress: { _ in },
        certificate: { certificates.append($1) }))
    #expect(cells.cells.allSatisfy { $0.share > 0.5 && $0.share <= 1 }, "\(cells.cells)")
    #expect(certificates.count == 3)
    let theorem = try #require(
      try RegionVerification.of(
        Self.geometry(of: CertifiedCellMethod.self), search: search, progress: { _ in }))
    #expect(theorem.cells.allSatisfy { $0.share > 0.9 }, "\(theorem.cells)")
    let none = try #require(
      try RegionVerification.of(
        Self.geometry(of: ZubovNetMethod.self), search: search, progress: { _ in }))
    #expect(none.cells.allSatisfy { $0.level == nil && $0.share == 0 && $0.reason != nil })
  }
}
