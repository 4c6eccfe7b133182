import Foundation
import NeuralNetworks
import Tensors

/// How far a search for proofs has come: the proof of each function, by a name, or what there is of it. A later search that is
/// given it goes on from there, and ends with the proofs that the first would have ended with.
///
/// It is a safetensors file. Its metadata hold `basin.search`, a JSON object; each function that a proof was
/// tried with is stored as a certificate, whose tensors have the function's name before theirs.
public final class ProofJournal {
  /// The proof of one function.
  public enum Entry: Sendable {
    /// Its proof is under way.
    case open(AttractionProof)
    case proven(AttractionProof)

    var proof: AttractionProof {
      switch self {
      case .open(let proof), .proven(let proof): proof
      }
    }
  }

  /// What the search is about: a journal of another subject is of no use to it.
  public let subject: String
  var entries: [String: Entry] = [:]
  /// Places that a function was refined with, [N, d].
  var counterexamples: [String: Tensor] = [:]

  public init(subject: String) { self.subject = subject }

  static let key = "basin.search"
  static let version = 1

  private struct Header: Codable {
    struct Entry: Codable {
      let isProven: Bool
      let certificate: String
    }
    let version: Int
    let subject: String
    let entries: [String: Entry]
  }

  /// The largest level that a prover proves, going on where an earlier search for it was stopped, and where
  /// this one is stopped. A proof that another search has begun is gone through again as a whole: what a file
  /// says of boxes is not trusted.
  ///
  /// - Throws: as `AttractionProver.largestLevel`; `JournalError` if what is known under the name is of
  ///   another system or function, or leads to no proof.
  public func outcome(
    of name: String, _ prover: AttractionProver, report: AttractionProver.Report
  ) throws -> AttractionProver.Outcome {
    let known = try proof(name, prover.candidate, of: prover.system)
    let outcome: AttractionProver.Outcome
    do {
      outcome =
        try isProven(name)
        ? .proven(known!) : prover.largestLevel(from: known, report: report)
      if known != nil { try outcome.proof?.check() }
    } catch let error as SplitTreeError {
      throw JournalError.damaged(name, reason: "\(error)")
    } catch let error as AttractionError where known != nil {
      throw JournalError.damaged(name, reason: "\(error)")
    }
    switch outcome {
    case .proven(let proof): entries[name] = .proven(proof)
    case .undecided(_, _, let rest): entries[name] = .open(rest)
    case .counterexample: break
    }
    return outcome
  }

  private func isProven(_ name: String) -> Bool {
    if case .proven = entries[name] { true } else { false }
  }

  /// What is known of the proof of a function, whole or not, for the system at hand.
  ///
  /// - Parameter candidate: the function; nil for whatever the journal has.
  /// - Throws: `JournalError` if it was another system's or function's.
  func proof(
    _ name: String, _ candidate: LyapunovCandidate? = nil, of system: DynamicalSystem
  ) throws(JournalError) -> AttractionProof? {
    guard let proof = entries[name]?.proof else { return nil }
    let found = proof.claim
    guard system.dimension == found.system.dimension else { throw .otherSubject(name) }
    let own = AttractionClaim(
      system: system, candidate: candidate ?? found.candidate, level: 0,
      ellipsoid: found.ellipsoid, outerRadius: found.outerRadius)
    guard
      system.equilibrium == found.system.equilibrium, system.box == found.system.box,
      own.program.isSame(as: found.program)
    else { throw .otherSubject(name) }
    return proof
  }

  // MARK: - As a file

  /// Writes the file, as a whole or not at all.
  ///
  /// - Throws: `Failure` of kind `fileSystem`.
  public func write(to path: String) throws {
    var tensors: [String: Tensor] = [:]
    var headers: [String: Header.Entry] = [:]
    for (name, entry) in entries {
      let file = try AttractionCertificate(entry.proof, title: subject).file
      for (key, tensor) in file.tensors { tensors["\(name)/\(key)"] = tensor }
      tensors["\(name)/counterexamples"] = counterexamples[name]
      headers[name] = Header.Entry(
        isProven: isProven(name), certificate: file.metadata[AttractionCertificate.key]!)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let header = Header(version: Self.version, subject: subject, entries: headers)
    try SafeTensors(
      tensors, metadata: [Self.key: String(decoding: encoder.encode(header), as: UTF8.self)]
    ).write(to: path)
  }

  /// Reads a file; nothing about it is trusted, and every proof that it helps to is gone through again.
  ///
  /// - Throws: `Failure`, or `CertificateError` if it is no journal or another subject's.
  public init(contentsOf path: String, subject: String) throws {
    let file = try SafeTensors(contentsOf: path)
    guard let text = file.metadata[Self.key],
      let header = try? JSONDecoder().decode(Header.self, from: Data(text.utf8)),
      header.version == Self.version
    else {
      throw CertificateError(
        path: path, expected: "a search that was stopped, whose metadata have '\(Self.key)'",
        found: "another file", remedy: "Give it another name.")
    }
    guard header.subject == subject else {
      throw CertificateError(
        path: path, expected: "a search of the same system with the same settings",
        found: "one of another", remedy: "Give it another name, or remove the file.")
    }
    self.subject = subject
    for (name, entry) in header.entries {
      let prefix = "\(name)/"
      let own = file.tensors.filter { $0.key.hasPrefix(prefix) }
      let tensors = Dictionary(
        uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
      let proof = try AttractionCertificate(
        SafeTensors(tensors, metadata: [AttractionCertificate.key: entry.certificate]), path: path
      ).proof
      if let places = tensors["counterexamples"] {
        guard places.rank == 2, places.shape[1] == proof.claim.system.dimension,
          places.dtype == .float64
        else {
          throw CertificateError(
            path: path, expected: "counterexamples that are places", found: "other tensors")
        }
        counterexamples[name] = places
      }
      entries[name] = entry.isProven ? .proven(proof) : .open(proof)
    }
  }
}

/// Why a journal is no use to a search.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  case otherSubject(String)
  case damaged(String, reason: String)

  public var description: String {
    switch self {
    case .otherSubject(let name):
      "the search that was stopped (\(name)) is of another system or function. Remove its file."
    case .damaged(let name, let reason):
      "the search that was stopped (\(name)) does not lead to a proof: \(reason). Remove its file."
    }
  }
}
