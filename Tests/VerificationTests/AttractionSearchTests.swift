import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Verification

/// A region that is proven with a small learned function, once for all tests.
enum LearnedRegion {
  /// x' = -x - y + x³, y' = x - y + y³: no radius of its region is known.
  static let system = DynamicalSystem(
    equilibrium: [0, 0], box: [-1.5...1.5, -1.5...1.5]
  ) { x in x.power(3) - x + .concatenated([-x[1], x[0]]) }

  static var settings: AttractionSearch.Settings {
    var settings = AttractionSearch.Settings(dimension: 2)
    settings.resolution = 40
    settings.fit.samples = 300
    settings.fit.hidden = [6, 6]
    settings.fit.steps = 30
    settings.refinements = 2
    settings.saturations = [2]
    return settings
  }

  static let result = Result { try AttractionSearch(system, settings: settings).run() }
  static let proof = Result { try #require(result.get().learned).proof }
}

@Suite("Searches for proven regions") struct AttractionSearchTests {
  private static let twisted = LearnedRegion.system
  private static let quick = LearnedRegion.settings

  @Test("what is proven is contradicted by no trajectory, and a learned function proves more")
  func learnedProvesMore() throws {
    let result = try LearnedRegion.result.get()
    let (quadratic, learned) = (try #require(result.quadratic), try #require(result.learned))
    #expect(result.isComplete)
    #expect(quadratic.coverage.contradictions == 0 && learned.coverage.contradictions == 0)
    #expect(learned.coverage.share > quadratic.coverage.share + 0.02)
    #expect(learned.coverage.share > 0.85, "\(learned.coverage)")
    #expect(result.bestFunction == .learned)
    try learned.proof.check()
  }

  @Test("an interruption keeps what was proven before it")
  func interruptionKeepsProofs() throws {
    var isLearning = false
    let result = try AttractionSearch(Self.twisted, settings: Self.quick).run(
      progress: { stage, _ in isLearning = isLearning || stage == .learning },
      isCancelled: { isLearning })
    #expect(result.quadratic != nil && result.learned == nil && !result.isComplete)
  }

  @Test("a search that was interrupted while proving goes on to the same certificate")
  func goesOn() throws {
    let journal = ProofJournal(subject: "")
    let search = AttractionSearch(Self.twisted, settings: Self.quick)
    var (isProving, learned) = (false, 0)
    let first = try search.run(
      journal: journal, progress: { stage, _ in isProving = isProving || stage == .proving },
      isCancelled: { isProving })
    #expect(first.quadratic != nil && first.learned == nil && !first.isComplete)
    let second = try search.run(
      journal: journal, progress: { stage, _ in learned += stage == .learning ? 1 : 0 })
    let whole = try LearnedRegion.result.get()
    #expect(learned == 0 && second.isComplete)
    #expect(second.counterexamples.doubles == whole.counterexamples.doubles)
    for pair in [(second.quadratic, whole.quadratic), (second.learned, whole.learned)] {
      let bytes = try [pair.0, pair.1].map {
        try AttractionCertificate(try #require($0).proof, title: "").file.bytes
      }
      #expect(bytes[0] == bytes[1])
    }
  }

  @Test("a limit of boxes leaves a note, not a proof")
  func limitsAreNoted() throws {
    var settings = Self.quick
    settings.isLearning = false
    settings.boxLimit = 3
    let result = try AttractionSearch(Self.twisted, settings: settings).run()
    #expect(result.best == nil && result.notes.count == 1, "\(result.notes)")
  }

  @Test("the same seed finds the same region")
  func seedsRepeat() throws {
    var settings = Self.quick
    settings.refinements = 0
    settings.fit.steps = 5
    let levels = try (0..<2).map { _ in
      let fit = try ZubovFit(SlowedSystem(Self.twisted), settings: settings.fit)
      fit.fit()
      return fit.values(at: Tensor([0.1, 0.2, -0.5, 0.4], shape: [2, 2])).doubles
    }
    #expect(levels[0] == levels[1])
  }

  @Test("a box from which nothing comes home is refused")
  func hopelessBoxes() throws {
    let system = DynamicalSystem(
      equilibrium: [0, 0], box: [-100...100, -100...100]
    ) { x in x.power(3) - x }
    #expect(throws: ZubovFitError.self) {
      try ZubovFit(SlowedSystem(system), settings: Self.quick.fit)
    }
  }
}
