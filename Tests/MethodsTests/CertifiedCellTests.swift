import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Certified cells")
struct CertifiedCellTests {
  private typealias UsePrecision = CertifiedCellMethod.Settings.UsePrecision

  private static let input = ModelInput(shape: [1, 2, 3], classCount: 4)

  /// Settings of a tiny model in which everything turns.
  private static func settings(
    _ change: (inout CertifiedCellMethod.Settings) -> Void = { _ in }
  ) -> CertifiedCellMethod.Settings {
    var settings = CertifiedCellMethod.defaults(for: input)
    settings.features = .init(dimension: 5, width: 8, depth: 2, rank: 3)
    change(&settings)
    return settings
  }

  private func model(
    _ settings: CertifiedCellMethod.Settings = settings(), dtype: DType = .float64,
    input: ModelInput = input, seed: UInt64 = 1
  ) throws -> any TrainableClassifier {
    try CertifiedCellMethod.build(
      settings, input: input, generator: RandomGenerator(seed: seed), dtype: dtype, device: .cpu)
  }

  private func images(_ count: Int, dtype: DType = .float64, seed: UInt64 = 2) -> Tensor {
    RandomGenerator(seed: seed).uniform([count] + Self.input.shape, dtype: dtype)
  }

  private func certificate(
    _ model: any TrainableClassifier, _ images: Tensor, disturbance: Double? = nil
  ) throws -> (CellCertificate, [Int]) {
    let trained = model.trained()
    let labels = try trained.predictions(images).integers
    let found = try (trained as? any CellClassifier)?.cellCertificate(
      images: images, labels: labels, disturbance: disturbance, batchSize: 50, progress: { _ in })
    return (try #require(found), labels)
  }

  @Test("The objective's gradients are those of finite differences", arguments: [0, 0.7])
  func gradients(lossTime: Double) throws {
    let model = try model(
      Self.settings {
        $0.lossTime = lossTime
        $0.solution = .numerical
        $0.field.leastRate = 0.5
        $0.field.rotation = 0.6
        $0.field.hidden = 4
      })
    // Not all equally far apart, where the least distance has no derivative.
    model.state.tensors["centers"]!.assign(
      RandomGenerator(seed: 8).normal([4, 5], dtype: .float64))
    let (images, labels) = (images(6), int64([0, 1, 2, 3, 0, 1]))
    let step = TrainingStep(seed: 0, epoch: 0, index: 0)
    func loss() throws -> Tensor {
      try model.objective(images: images, labels: labels, step: step).total
    }
    let entries = model.phases[0].trained(of: model.state).entries
    #expect(entries.contains { $0.name.hasPrefix("dynamics.") } == (lossTime > 0))
    let slopes = gradient(of: try loss(), wrt: entries.map(\.tensor))
    for (entry, slope) in zip(entries, slopes) {
      let start = entry.tensor.detached + 0
      let direction = RandomGenerator(seed: 5).normal(start.shape, dtype: .float64)
      func value(_ offset: Double) throws -> Double {
        entry.tensor.assign(start + direction * offset)
        return try loss().item
      }
      let difference = (try value(1e-6) - value(-1e-6)) / 2e-6
      entry.tensor.assign(start)
      #expect(
        abs(difference - (slope * direction).sum().item) <= 1e-7 + 1e-5 * abs(difference),
        "\(entry.name)")
    }
  }

  @Test("No image within a radius is decided otherwise, at any time")
  func radii() throws {
    for (dtype, use) in [
      (DType.float64, UsePrecision.same), (.float32, .same), (.float32, .float64),
    ] {
      let model = try model(Self.settings { $0.usePrecision = use }, dtype: dtype)
      let trained = model.trained()
      let images = images(40, dtype: dtype)
      let (found, labels) = try certificate(model, images)
      #expect(abs(found.featureBound - 1) <= 1e-4 && found.featureBound >= 1)
      let isRounded = dtype == .float32 && use == .same
      #expect(found.roundingBound > 0 && found.roundingBound < (isRounded ? 1e-3 : 1e-11))
      #expect(isRounded == (found.roundingBound > 1e-6))
      let directions = RandomGenerator(seed: 3).normal(
        [40, 60] + Self.input.shape, dtype: .float64)
      let lengths = directions.flattened(from: 2).norm(along: 2)
      let radii = Tensor(found.radii).unsqueezed(1)
      let offsets = directions * (radii * (1 - 1e-7) / lengths).reshaped([40, 60, 1, 1, 1])
      let around = (images.to(.float64).unsqueezed(1) + offsets).to(dtype)
        .reshaped([-1] + Self.input.shape)
      let expected = labels.flatMap { [Int](repeating: $0, count: 60) }
      #expect(try trained.predictions(around).integers == expected)
      #expect(try trained.outputs(around)["features"]!.isFinite.all().item == 1)
      #expect(found.radii.count { $0 > 0.01 } > 20)
      // Wrong labels have no radius.
      let wrong = try #require(
        try (trained as? any CellClassifier)?.cellCertificate(
          images: images, labels: labels.map { ($0 + 1) % 4 }, disturbance: nil, batchSize: 7,
          progress: { _ in }))
      #expect(wrong.radii.allSatisfy { $0 == 0 })
    }
  }

  @Test("A linear map's radius is the exact distance of the image to the boundary")
  func exactness() throws {
    // One rotation of the whole of an image, which MaxMin's bias keeps in order.
    let model = try model(
      Self.settings { $0.features = .init(dimension: 6, width: 6, depth: 1, rank: 2) })
    model.state.tensors["extractor.2.bias"]!.assign(
      Tensor([9.0, 9, 9, 0, 0, 0]))
    let trained = model.trained()
    let images = images(30)
    let (found, labels) = try certificate(model, images)
    // The boundary is reached along a pixel direction that gradients show, as the map is linear.
    let leaf = images.differentiable()
    let scores = try trained.scoreFunctions.last!.scores(leaf)
    let wrong = Tensor.select(
      int64(labels).oneHot(4, dtype: .bool), scores.detached - 1e9, scores)
    let slope = gradient(
      of: (wrong.max(along: 1) - scores.gathering(columns: int64(labels))).sum(), wrt: [leaf])[0]
    let nearest = (wrong.max(along: 1) - scores.gathering(columns: int64(labels))).detached
    // The nearest in score is not always the nearest in distance; where it is, the radius is sharp.
    let size = slope.flattened(from: 1).norm(along: 1)
    let distances = (-nearest / size).doubles
    #expect(zip(found.radii, distances).allSatisfy { $0 <= $1 + 1e-9 })
    #expect(zip(found.radii, distances).count { abs($0 - $1) <= 1e-6 } >= 15)
  }

  @Test("Decisions are those of h(0) whatever the field's weights", arguments: [1.0, 50])
  func decisions(gain: Double) throws {
    for solver in [Flow.Solver(.euler), .init(.heun), .init(.shuOsher)] {
      let model = try model(
        Self.settings {
          $0.solution = .numerical
          $0.flow.solver = solver
          $0.flow.horizon = 5
          $0.field.leastRate = 0.4
          $0.field.rotation = 0.9
        })
      for (name, tensor) in model.state.tensors where name.hasPrefix("dynamics.") {
        tensor.assign(tensor.detached * gain)
      }
      let trained = model.trained()
      let images = images(400)
      let outputs = try trained.outputs(images)
      let geometry = try #require(trained.geometry)
      let before = geometry.lyapunov.values(at: outputs["features"]!).argMin(along: 1)
      let after = outputs["lyapunov"]!.argMin(along: 1)
      #expect(before.integers == after.integers)
      #expect(Set(after.integers).count == 4)
      #expect(try trained.predictions(images).integers == after.integers)
    }
  }

  @Test("Under a lasting disturbance less is certified, and beyond what fits nothing")
  func disturbance() throws {
    let model = try model()
    let images = images(60)
    let (still, _) = try certificate(model, images, disturbance: 0)
    #expect(still.disturbance?.leastDepth == 0 && still.disturbance?.radii == still.radii)
    let (some, _) = try certificate(model, images, disturbance: 0.05)
    let shaken = try #require(some.disturbance)
    #expect(some.radii == still.radii && shaken.size == 0.05)
    #expect(zip(shaken.radii, some.radii).allSatisfy { $0 <= $1 })
    // ω / μ for small ω, in units of the state: ρ* D / 2.
    let shift = try #require(shaken.leastDepth) * some.spacing / 2
    #expect(shift > 0.025 && shift < 0.03)
    let (none, _) = try certificate(model, images, disturbance: 5)
    #expect(none.disturbance?.leastDepth == nil)
    #expect(none.disturbance?.radii == [Double](repeating: 0, count: 60))
  }

  @Test("What the theorems do not cover is refused in a line that says what to set")
  func refusals() throws {
    func refusal(_ change: (inout CertifiedCellMethod.Settings) -> Void) throws -> SettingsError? {
      try #require(throws: SettingsError.self) {
        _ = try certificate(try model(Self.settings(change)), images(2))
      }
    }
    for solver in [ButcherTableau.classicalRungeKutta, .midpoint, .dormandPrince, .bogackiShampine]
    {
      let error = try refusal {
        $0.solution = .numerical
        $0.flow.solver = .init(solver)
      }
      #expect(error?.setting == "flow.solver" && error?.found == solver.name)
      #expect(error?.expected.hasPrefix("euler, heun, ssprk3, ssprk3-2, ") == true)
    }
    let long = try refusal {
      $0.solution = .numerical
      $0.flow.horizon = 10.5
    }
    #expect(long?.setting == "flow.stepsPerInterval" && long?.found.contains("2.1") == true)
    let rotating = try refusal { $0.field.rotation = 0.5 }
    #expect(rotating?.setting == "solution" && rotating?.found == "closed-form")
    let rates = try refusal { $0.field.leastRate = 2 }
    #expect(rates?.setting == "field.greatestRate")
    #expect(try refusal { $0.features.width = 5 }?.setting == "features.width")
    #expect(try refusal { $0.features.channels = [8] }?.setting == "features.channels")
    #expect(try refusal { $0.features.rank = 9 }?.setting == "features.rank")
    #expect(try refusal { $0.features.dimension = 1 }?.setting == "features.dimension")
    let single = try #require(throws: SettingsError.self) {
      _ = try model(input: ModelInput(shape: [1, 2, 3], classCount: 1))
    }
    #expect(single.setting == "classes")
  }

  @Test("Centres that coincide and layers without rank are refused by name")
  func damage() throws {
    let same = try model()
    let centers = same.state.tensors["centers"]!
    centers.assign(Tensor.stacked([centers[0], centers[1], centers[2], centers[0]]))
    #expect(throws: CoincidentCenters(classes: [0, 3])) { _ = try certificate(same, images(2)) }

    let flat = try model()
    flat.state.tensors["extractor.2.weight"]!.assign(.zeros([8, 3], dtype: .float64))
    let lost = try #require(throws: NonexpansiveLayerError.self) {
      _ = try (flat.trained() as? any CellClassifier)?.cellCertificate(
        images: images(2), labels: [0, 1], disturbance: nil, batchSize: 2, progress: { _ in })
    }
    #expect(lost.layer == "extractor.2")
  }

  @Test("Other methods have no such certificate")
  func others() throws {
    let model = try NeuralODEMethod.build(
      NeuralODEMethod.defaults(for: digitsInput), input: digitsInput,
      generator: RandomGenerator(seed: 0), dtype: .float32, device: .cpu
    ).trained()
    #expect(!(model is any CellClassifier))
  }

  @Test("Regions, basins and decisions are one in the plane, before any training")
  func plane() throws {
    let model = try CertifiedCellMethod.build(
      CertifiedCellMethod.defaults(for: pointsInput), input: pointsInput,
      generator: RandomGenerator(seed: 3), dtype: .float64, device: .cpu)
    let geometry = try #require(model.trained().geometry)
    let map = try RegionMap(geometry, extent: 5, resolution: 24, horizon: 40)
    // Grid points at a boundary are slow; no other trajectory ends elsewhere than in its cell.
    #expect(map.intersectionOverUnion.cells >= 0.97)
    #expect(map.intersectionOverUnion.lenientCells == 1)
    #expect(map.boundaryValue == 1)
  }
}
