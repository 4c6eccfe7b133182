import DynamicsTestSupport
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("The search for counterexamples")
struct CounterexampleSearchTests {
  /// States inside the regions of random functions, and a random field.
  private struct Case {
    let lyapunov: LyapunovFunction
    let field: TanhField
    let points: Tensor
    let labels: [Int]
    let groups: ClassGroups

    init(_ kind: ConvexArchitectureKind = .piacnn, seed: UInt64, share: Range<Double> = 0.2..<0.8) {
      let generator = RandomGenerator(seed: seed, keys: 5)
      lyapunov = kind.lyapunov(seed: seed).detached
      field = TanhField(dimension: 4, hidden: 16, generator: generator, dtype: .float64)
      let rays = BoundaryRays(
        equilibria: lyapunov.equilibria, randomPerPair: 2, generator: generator)
      let boundary = BoundarySampler().points(lyapunov, along: rays)
      labels = rays.owners
      groups = ClassGroups(classes: labels, classCount: 4)
      let centers = lyapunov.equilibria.selecting(groups.classes)
      let scale = generator.uniform([labels.count, 1], in: share, dtype: .float64)
      points = centers + (boundary.points - centers) * scale
    }

    func found(
      _ search: CounterexampleSearch, relation: ConsistencyLoss.Relation = .equality,
      firstGradient: Tensor? = nil
    ) -> Tensor {
      search.points(
        from: points, groups: groups, lyapunov: lyapunov, field: { field($0) },
        loss: ConsistencyLoss(relation: relation), firstGradient: firstGradient)
    }

    func violation(_ points: Tensor, _ relation: ConsistencyLoss.Relation = .equality) -> Tensor {
      plainViolation(
        lyapunov, classes: labels, at: points, field: field.secondOrder, relation: relation)
    }

    func plainGradient(_ relation: ConsistencyLoss.Relation = .equality) -> Tensor {
      let leaf = points.differentiable()
      return gradient(of: violation(leaf, relation).sum(), wrt: [leaf])[0]
    }
  }

  @Test(
    "A step follows the gradient of the plain loss, Hessian of V and Jacobian of f included",
    arguments: ConvexArchitectureKind.allCases, ConsistencyLoss.Relation.allCases)
  func gradients(_ kind: ConvexArchitectureKind, _ relation: ConsistencyLoss.Relation) {
    let given = Case(kind, seed: 1)
    let expected = given.plainGradient(relation)
    // Too short to leave the region.
    let rate = 1e-3 / expected.magnitude.max().item
    let found = given.found(.init(stepCount: 1, rate: rate), relation: relation)
    #expect(expected.norm.item > 1e-3)
    #expect(relativeError((found - given.points) / rate, expected) <= 1e-9)
    // And that is the slope that differences find.
    let differences = centralDifferences(at: given.points) { moved in
      given.violation(moved.differentiable(), relation).sum().item
    }
    #expect(relativeError(expected, differences) <= 1e-6)
  }

  @Test(
    "Small steps raise the mean violation, one after another", arguments: 0..<5 as Range<UInt64>)
  func ascent(seed: UInt64) {
    let given = Case(seed: seed, share: 0.2..<0.6)
    let rate = 0.02 / given.plainGradient().norm(along: 1).max().item
    var before = -1.0
    for steps in 0...6 {
      let found = given.found(.init(stepCount: steps, rate: rate))
      let mean = given.violation(found.differentiable()).mean().item
      #expect(mean > before, "after \(steps) steps")
      before = mean
    }
  }

  @Test(
    "Whatever the rate, points stay in the region of their class",
    arguments: ConvexArchitectureKind.allCases, [1.2, 50, 1e4])
  func region(_ kind: ConvexArchitectureKind, _ rate: Double) {
    for level in [0.5, 0.95] {
      let given = Case(kind, seed: 2, share: 0.1..<3)
      let search = CounterexampleSearch(stepCount: 5, rate: rate, level: level)
      let found = given.found(search)
      let values = plainValues(given.lyapunov, classes: given.labels, at: found)
      #expect(values.max().item <= ZubovTransform.value(atLevel: level) * (1 + 1e-12))
      #expect(found.isFinite.all().item == 1)
      #expect(!found.requiresGradient)
    }
  }

  @Test("A point outside is drawn towards its equilibrium, by V's share of the boundary value")
  func projection() {
    let lyapunov = quadraticLyapunov([[0, 0], [10, 0]])
    // V = 12.5, 2 and 4.5; without violation nothing moves but by projection.
    let points = Tensor([3.0, 4, 2, 0, 10, 3], shape: [3, 2])
    let groups = ClassGroups(classes: [0, 0, 1], classCount: 2)
    let centers = lyapunov.equilibria.selecting(groups.classes)
    let found = CounterexampleSearch(stepCount: 1, rate: 1, level: 0.95).points(
      from: points, groups: groups, lyapunov: lyapunov,
      field: { centers - $0 }, loss: ConsistencyLoss())
    let level = ZubovTransform.value(atLevel: 0.95)
    let expected = [3 * level / 12.5, 4 * level / 12.5, 2, 0, 10, 3 * level / 4.5]
    #expect(largestDifference(found, Tensor(expected, shape: [3, 2])) <= 1e-13)
  }

  @Test("A known first gradient is used, and gives the same points")
  func firstGradient() {
    let given = Case(seed: 3)
    let search = CounterexampleSearch(stepCount: 3, rate: 0.1)
    let own = given.found(search)
    let first = given.plainGradient()
    #expect(largestDifference(given.found(search, firstGradient: first), own) <= 1e-12)
    let still = given.found(
      .init(stepCount: 1, rate: 0.1), firstGradient: .zeros(like: first))
    #expect(largestDifference(still, given.points) <= 1e-14)
    #expect(largestDifference(own, given.points) > 1e-4)
  }

  @Test("No steps give the points themselves")
  func none() {
    let given = Case(seed: 4)
    #expect(areIdentical(given.found(.init(stepCount: 0)), given.points))
  }
}
