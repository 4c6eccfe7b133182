import Failures
import Robustness
import Testing

@Suite("Attacks and corruptions by name")
struct CatalogTests {
  @Test("suites and lists") func attacks() throws {
    func names(_ list: String) throws -> [String] {
      try AttackCatalog.plans(named: list).map(\.name)
    }
    #expect(try names("none") == [])
    #expect(try names("quick") == ["fgsm", "bim", "pgd"])
    #expect(try names("standard") == ["fgsm", "pgd", "autoattack"])
    #expect(try names("paper") == ["fgsm", "bim", "pgd", "apgd-ce", "jitter"])
    #expect(try names("pgd, fgsm") == ["pgd", "fgsm"])
    #expect(try names("adaptive") == ["adaptive"])
    // The names of lists stand for what is in them, in its order and once.
    #expect(try names("standard,adaptive") == ["fgsm", "pgd", "autoattack", "adaptive"])
    #expect(try names("pgd, quick,none,standard") == ["pgd", "fgsm", "bim", "autoattack"])
    #expect(try names("fgsm,fgsm,none") == ["fgsm"])
  }

  @Test("each entry makes the attack of its name, in either protocol") func entriesAreNamed() throws
  {
    for entry in AttackCatalog.entries {
      for evaluationProtocol in EvaluationProtocol.allCases {
        let attacks = try AttackCatalog.plans(named: entry.name, for: evaluationProtocol)
        #expect(attacks.map(\.name) == [entry.name])
      }
    }
    let folder = try FrostFolder()
    for entry in CorruptionCatalog.entries {
      let corruptions = try CorruptionCatalog.corruptions(
        named: entry.name, frostPictures: folder.url)
      #expect(corruptions.map(\.name) == Array(repeating: entry.name, count: 5))
      #expect(corruptions.map(\.severity.level) == [1, 2, 3, 4, 5])
    }
  }

  @Test("the paper's settings are the paper's") func paperSettings() throws {
    let pgd = try AttackCatalog.plans(named: "pgd", for: .paper)[0].stages[0].attack
    #expect(
      pgd.parameters
        == [
          "loss": "cross-entropy", "steps": "10", "step": "0.125 epsilon", "restarts": "1",
          "start": "random", "iterate": "last", "draws": "1",
        ])
  }

  @Test("unknown names are refused", arguments: ["pdg", "", "pgd,", "quick,all", "none,,pgd"])
  func unknown(list: String) {
    let error = #expect(throws: Failure.self) { try AttackCatalog.plans(named: list) }
    #expect(error?.kind == .unknownName)
    #expect(error?.expected.contains("fgsm, bim, pgd") == true)
  }

  @Test("a corruption counts once, whatever lists it is in") func repeated() throws {
    func names(_ list: String) throws -> [String] {
      try CorruptionCatalog.corruptions(named: list, severities: [Severity(1)]).map(\.name)
    }
    #expect(try names("shot-noise,shot-noise") == ["shot-noise"])
    let paper = try names("paper")
    #expect(try names("paper,noise,fog") == paper + ["fog"])
    #expect(try Set(names("fog,all")) == Set(names("all")))
    #expect(try names("fog,all").first == "fog")
    let all = try CorruptionCatalog.corruptions(named: "all")
    // Frost needs pictures.
    #expect(all.count == (CorruptionCatalog.entries.count - 1) * 5)
    #expect(try CorruptionCatalog.corruptions(named: "none").isEmpty)
  }

  @Test("severities run from 1 to 5", arguments: [0, 6, -1]) func severities(level: Int) {
    #expect(throws: Failure.self) { try Severity(level) }
  }
}
