import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Verification

@Suite("Searches for proofs that are stopped and go on")
struct ProofJournalTests {
  /// Small passes, so that there are many at which to stop.
  private static var prover: AttractionProver {
    var prover = AttractionProver(
      system: Systems.vanDerPol, candidate: LyapunovCandidate(Systems.vanDerPolFunction))
    prover.search.batchSize = 32
    prover.search.relaxationTolerance = 0.02
    return prover
  }

  private static let whole = Result { try #require(prover.largestLevel().proof) }

  private static func bytes(_ proof: AttractionProof) throws -> [UInt8] {
    try AttractionCertificate(proof, title: "").file.bytes
  }

  /// A journal that has been written and read again.
  private static func reread(_ journal: ProofJournal) throws -> ProofJournal {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try journal.write(to: url.path)
    return try ProofJournal(contentsOf: url.path, subject: journal.subject)
  }

  /// A journal of a search that was stopped after some passes.
  private static func stopped(after passes: Int) throws -> ProofJournal {
    let journal = ProofJournal(subject: "test")
    var count = 0
    let outcome = try journal.outcome(of: "V", prover) { _, _ in
      count += 1
      return count < passes
    }
    #expect(outcome.proof == nil)
    return try reread(journal)
  }

  @Test("The certificate is that of a search without a stop, to the byte")
  func sameCertificate() throws {
    var journal = ProofJournal(subject: "test")
    var (stops, passes) = (0, 0)
    while stops < 100 {
      passes = 0
      let outcome = try journal.outcome(of: "V", Self.prover) { _, _ in
        passes += 1
        return passes < 9
      }
      if let proof = outcome.proof {
        #expect(try Self.bytes(proof) == Self.bytes(Self.whole.get()))
        break
      }
      stops += 1
      journal = try Self.reread(journal)
    }
    #expect(stops > 3 && stops < 100)
    // What is proven is not searched again.
    let again = try Self.reread(journal).outcome(of: "V", Self.prover) { _, _ in
      Issue.record("a proof that is known is searched")
      return false
    }
    #expect(try Self.bytes(#require(again.proof)) == Self.bytes(Self.whole.get()))
  }

  @Test("A certificate that is read has the very claim that was written")
  func sameClaim() throws {
    let claim = try Self.whole.get().claim
    let read = try AttractionCertificate(
      SafeTensors(bytes: Self.bytes(Self.whole.get())), path: "certificate"
    ).proof.claim
    #expect(claim.program.isSame(as: read.program))
    for (own, other) in zip(claim.parts, read.parts) {
      #expect(own.statement.program.isSame(as: other.statement.program), "\(own.name)")
    }
  }

  @Test("What a file says of boxes is not believed", arguments: [3, 25])
  func damaged(_ passes: Int) throws {
    let journal = try Self.stopped(after: passes)
    guard case .open(var proof) = try #require(journal.entries["V"]) else {
      Issue.record("expected an open proof")
      return
    }
    for (name, tree) in proof.trees {
      proof.trees[name] = SplitTree(fates: tree.fates.map { _ in SplitTree.Fate.proven })
    }
    for entry in [ProofJournal.Entry.open(proof), .proven(proof)] {
      journal.entries["V"] = entry
      #expect(throws: JournalError.self) {
        try journal.outcome(of: "V", Self.prover) { _, _ in true }
      }
    }
  }

  @Test("Of another system, function, box or subject it is refused")
  func otherSubject() throws {
    let journal = try Self.stopped(after: 25)
    let box = Systems.vanDerPol.box.map { $0.lowerBound...$0.upperBound + 1 }
    let provers = [
      AttractionProver(system: Systems.disc, candidate: Self.prover.candidate),
      AttractionProver(system: Systems.vanDerPol, candidate: Systems.randomQuadratic(seed: 1)),
      AttractionProver(
        system: DynamicalSystem(field: SampleTerms.vanDerPol, equilibrium: [0, 0], box: box),
        candidate: Self.prover.candidate),
    ]
    for prover in provers {
      #expect(throws: JournalError.otherSubject("V")) {
        try journal.outcome(of: "V", prover) { _, _ in true }
      }
    }
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try journal.write(to: url.path)
    #expect(throws: CertificateError.self) {
      try ProofJournal(contentsOf: url.path, subject: "another")
    }
    try AttractionCertificate(Self.whole.get(), title: "").write(to: url.path)
    #expect(throws: CertificateError.self) {
      try ProofJournal(contentsOf: url.path, subject: "test")
    }
  }
}
