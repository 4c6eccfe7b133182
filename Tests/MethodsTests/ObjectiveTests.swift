import DifferentialEquations
import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import Testing

@Suite("The objective of Zubov-Net")
struct ObjectiveTests {
  private let step = TrainingStep(seed: 1, epoch: 0, index: 0)

  private func model(
    _ input: ModelInput = pointsInput, _ change: (inout ZubovNetMethod.Settings) -> Void = { _ in }
  ) throws -> ZubovNet {
    var settings = ZubovNetMethod.defaults(for: input)
    change(&settings)
    return try ZubovNet(
      settings, input: input, generator: RandomGenerator(seed: 0), dtype: .float64, device: .cpu)
  }

  private func objective(_ model: ZubovNet, _ step: TrainingStep? = nil) throws -> Objective {
    let (images, labels) = batch(pointsInput)
    return try model.objective(
      images: images.to(.float64), labels: labels, step: step ?? self.step)
  }

  private func terms(_ objective: Objective) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: objective.terms.map { ($0.name, $0.value.item) })
  }

  static let diagnostics: Set = ["value_target", "value_nearest_other", "value_others"]

  @Test("The total is the weighted sum of its terms")
  func total() throws {
    let objective = try objective(
      try model {
        $0.losses.auxiliary = 1.3
        $0.losses.consistency = 0.7
        $0.losses.separation = 0.4
      })
    let terms = terms(objective)
    #expect(
      Set(terms.keys)
        == Self.diagnostics.union(["cla", "fc", "sep", "con", "con_traj", "con_hat"]))
    let sum = terms["cla"]! + 1.3 * terms["fc"]! + 0.7 * terms["con"]! + 0.4 * terms["sep"]!
    #expect(abs(objective.total.item - sum) <= 1e-12)
    #expect(abs(terms["con"]! - (terms["con_traj"]! + terms["con_hat"]!) / 2) <= 1e-12)
    #expect(terms["con_hat"]! > terms["con_traj"]!)
    #expect(terms["sep"]! < 0 && terms["sep"]! > -1)
  }

  @Test("A weight of 0 leaves a term out, and the others as they were")
  func withoutTerms() throws {
    let all = terms(try objective(try model()))
    let bare = try objective(
      try model {
        $0.losses.consistency = 0
        $0.losses.separation = 0
      })
    #expect(Set(terms(bare).keys) == Self.diagnostics.union(["cla", "fc"]))
    #expect(terms(bare)["cla"] == all["cla"] && terms(bare)["fc"] == all["fc"])
    #expect(abs(bare.total.item - (all["cla"]! + 1.5 * all["fc"]!)) <= 1e-12)
    let separated = terms(try objective(try model { $0.losses.consistency = 0 }))
    #expect(separated["sep"] == all["sep"] && separated["con"] == nil)
    let consistent = terms(try objective(try model { $0.losses.separation = 0 }))
    #expect(consistent["con"] == all["con"] && consistent["sep"] == nil)
  }

  @Test("The sum over S₂ is 2Γ times its mean")
  func reduction() throws {
    let mean = terms(try objective(try model()))
    let sum = terms(try objective(try model { $0.losses.consistencyReduction = .sum }))
    #expect(abs(sum["con"]! - 20 * mean["con"]!) <= 1e-12 * sum["con"]!)
    #expect(sum["con_traj"] == mean["con_traj"])
  }

  @Test("Consistency does not move the extractor, nor separation the field")
  func reach() throws {
    func reached(_ term: String) throws -> Set<Substring> {
      let model = try model()
      let value = try objective(model).terms.first { $0.name == term }!.value
      let entries = model.state.entries.filter(\.isParameter)
      let slopes = optionalGradient(of: value, wrt: entries.map(\.tensor))
      return Set(
        zip(entries, slopes).filter { $1 != nil }.map { $0.0.name.prefix { $0 != "." } })
    }
    #expect(try reached("cla") == ["extractor", "dynamics", "lyapunov"])
    #expect(try reached("fc") == ["extractor", "dynamics"])
    #expect(try reached("con") == ["dynamics", "lyapunov"])
    #expect(try reached("sep") == ["lyapunov"])
  }

  @Test("The auxiliary head is tied to the equilibria, or free")
  func head() throws {
    #expect(try model().head == nil)
    let free = try model { $0.losses.auxiliaryHead = .free }
    let tied = try model()
    #expect(free.state.tensors["head.weight"] != nil)
    let before = terms(try objective(free))["fc"]!
    free.head!.assign(free.equilibria)
    let (images, labels) = batch(pointsInput)
    let final = try free.backbone.flow.training(
      of: { free.backbone.field($0) },
      from: free.backbone.features(images.to(.float64), mode: .training)
    ).finalState
    let expected = crossEntropy(
      logits: final.matmul(free.equilibria.transposed), labels: labels
    ).mean().item
    #expect(abs(terms(try objective(free))["fc"]! - expected) <= 1e-12)
    #expect(abs(before - expected) > 1e-6)
    #expect(!tied.equilibria.requiresGradient)
  }

  @Test("Rays are drawn afresh in each step; classes stay for an epoch")
  func rays() throws {
    func separation(_ model: ZubovNet, _ epoch: Int, _ index: Int) throws -> Double {
      terms(try objective(model, TrainingStep(seed: 1, epoch: epoch, index: index)))["sep"]!
    }
    let model = try model()
    #expect(try separation(model, 0, 0) == separation(model, 0, 0))
    #expect(try separation(model, 0, 0) != separation(model, 0, 1))
    // Without random directions only the choice of classes is left to chance.
    let few = try self.model {
      $0.boundary.classesPerEpoch = 1
      $0.boundary.randomDirections = 0
    }
    let first = try separation(few, 0, 0)
    #expect(try (1..<4).allSatisfy { try separation(few, 0, $0) == first })
    #expect(try (1..<12).contains { try separation(few, $0, 0) != first })
  }

  @Test("Constraints are restored after a step that breaks them")
  func constraints() throws {
    let model = try model()
    for matrix in model.convex.nonNegative { matrix.assign(matrix.detached - 1) }
    model.restoreConstraints()
    for matrix in model.convex.nonNegative { #expect(matrix.min().item == 0) }
  }

  @Test("Diagnostics are the means of V of the target, the nearest other class and all others")
  func diagnostics() throws {
    let model = try model()
    let (images, labels) = batch(pointsInput)
    let (objective, details) = try ZubovObjective(model: model).evaluateInDetail(
      images: images.to(.float64), labels: labels, rays: nil)
    let rows = (0..<12).map { details.values[$0].doubles }
    let owners = labels.integers
    let target = zip(rows, owners).map { $0[$1] }.reduce(0, +) / 12
    let others = zip(rows, owners).map { row, owner in
      row.indices.filter { $0 != owner }.map { row[$0] }
    }
    let found = terms(objective)
    #expect(abs(found["value_target"]! - target) <= 1e-12)
    #expect(
      abs(found["value_nearest_other"]! - others.map { $0.min()! }.reduce(0, +) / 12) <= 1e-12)
    #expect(abs(found["value_others"]! - others.joined().reduce(0, +) / 24) <= 1e-12)
    #expect(found["sep"] == nil && details.boundary == nil)
  }
}
