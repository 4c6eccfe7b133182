import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Verification

@Suite("Certificates as files")
struct CertificateTests {
  /// A damped pendulum with a quadratic function, quickly proven in a small box.
  private static let certificate = Result {
    let system = DynamicalSystem(equilibrium: [0, 0], box: [-1...1, -1...1]) { x in
      .concatenated([x[1], -x[0].sin - x[1]])
    }
    let x = Term.state(2)
    let candidate = LyapunovCandidate(1.5 * x[0].squared + x[0] * x[1] + x[1].squared)
    let prover = AttractionProver(system: system, candidate: candidate)
    return AttractionCertificate(try #require(prover.largestLevel().proof), title: "pendulum")
  }

  @Test("A certificate is read as it was written, and holds")
  func roundTrip() throws {
    let written = try Self.certificate.get()
    let read = try AttractionCertificate(
      SafeTensors(bytes: written.file.bytes), path: "certificate")
    #expect(read.title == "pendulum" && read.proof.claim.level == written.proof.claim.level)
    #expect(read.proof.leafCount == written.proof.leafCount)
    let places = RandomGenerator(seed: 1).uniform([100, 2], in: -1..<1, dtype: .float64)
    let pair = [written, read].map { $0.proof.claim.candidate.value }
    let values = Program(dimension: 2, outputs: pair).values(at: places)
    #expect((values[0] - values[1]).magnitude.max().item == 0)
    try read.proof.check()
  }

  @Test("Every operation survives")
  func operations() throws {
    let proof = try Self.certificate.get().proof
    for sample in SampleTerms.all where sample.dimension == 2 {
      var claim = proof.claim
      claim = AttractionClaim(
        system: claim.system,
        candidate: LyapunovCandidate([.init(sample.term.squared, against: sample.term.squared + 1)]
        ), level: 1,
        ellipsoid: claim.ellipsoid, outerRadius: claim.outerRadius)
      let file = try AttractionCertificate(
        AttractionProof(claim: claim, trees: [:]), title: sample.name
      ).file
      let read = try AttractionCertificate(file, path: sample.name).proof.claim
      let places = RandomGenerator(seed: 1).uniform([20, 2], in: -1..<1, dtype: .float64)
      let values = Program(
        dimension: 2, outputs: [claim.candidate.value, read.candidate.value]
      ).values(at: places)
      #expect((values[0] - values[1]).magnitude.max().item == 0, "\(sample.name)")
    }
  }

  @Test("What is no certificate, or is damaged, is told without harm")
  func damaged() throws {
    let whole = try Self.certificate.get().file
    func fails(_ change: (inout SafeTensors) -> Void) -> Bool {
      var file = whole
      change(&file)
      do {
        try AttractionCertificate(file, path: "certificate").proof.check()
        return false
      } catch { return true }
    }
    func edited(_ old: String, _ new: String) -> (inout SafeTensors) -> Void {
      { file in
        let text = file.metadata[AttractionCertificate.key]!
        #expect(text.contains(old))
        file.metadata[AttractionCertificate.key] = text.replacing(old, with: new)
      }
    }
    #expect(!fails { _ in })
    #expect(fails { $0.metadata = [:] })
    #expect(fails { $0.metadata[AttractionCertificate.key] = "[]" })
    #expect(fails(edited("\"version\":1", "\"version\":2")))
    #expect(fails(edited("\"operation\":\"sin\"", "\"operation\":\"cos\"")))
    #expect(fails(edited("\"operation\":\"sin\"", "\"operation\":\"sine\"")))
    #expect(fails(edited("\"operands\":[0]", "\"operands\":[90]")))
    #expect(fails(edited("\"equilibrium\":[0,0]", "\"equilibrium\":[0.25,0]")))
    #expect(fails(edited("\"level\":", "\"level\":9")))
    #expect(fails(edited("\"field\":", "\"field\":9")))
    #expect(fails { $0.tensors["tree.inner"] = nil })
    #expect(fails { $0.tensors["tree.decrease.0"] = Tensor([255 as UInt8]) })
    // Every number counts.
    for name in whole.tensors.keys where name.hasPrefix("step.") {
      #expect(fails { $0.tensors[name] = Tensor([Double.nan]) }, "\(name)")
      let isZero = whole.tensors[name]!.magnitude.max().item == 0
      #expect(isZero || fails { $0.tensors[name] = $0.tensors[name]! * -3 }, "\(name)")
    }
  }
}
