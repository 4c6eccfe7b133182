import Foundation
import NeuralNetworks
import Tensors

/// A proof as a file, from which it can be checked by who trusts neither the search nor its author: the
/// field and the function as steps of a program with all their numbers, the level, the ellipsoid and how
/// each domain was cut.
///
/// It is a safetensors file. Its metadata hold `basin.certificate`, a JSON object (`Header`); tensors are
/// `step.N.K`, the K-th numbers of step N, and `tree.PART`, a byte for each box.
public struct AttractionCertificate: Sendable {
  /// The claim and how the domain of each of its parts was cut.
  public let proof: AttractionProof
  /// What the proof is about, such as the equations; for readers, nothing is concluded from it.
  public let title: String

  /// What is written of a proof.
  ///
  /// - Parameter title: what it is about; nothing is concluded from it.
  public init(_ proof: AttractionProof, title: String) {
    self.proof = proof
    self.title = title
  }

  static let key = "basin.certificate"
  static let version = 1

  struct Header: Codable {
    struct Step: Codable {
      let operation: String
      let operands: [Int]
    }
    struct Part: Codable {
      let numerator: Int
      let rival: Int?
    }
    let version: Int
    let title: String
    let equilibrium: [Double]
    /// [low, high] of each coordinate.
    let box: [[Double]]
    let steps: [Step]
    /// The steps that are the field and the parts of the function.
    let field: Int
    let parts: [Part]
    let level: Double
    /// P and M row by row, λ, r, and the r of the hull that was searched.
    let matrix: [Double]
    let frame: [Double]
    let rate: Double
    let radius: Double
    let outerRadius: Double
  }

  /// The contents of the file.
  var file: SafeTensors {
    get throws {
      let claim = proof.claim
      let parts = claim.candidate.parts
      let program = claim.program
      var tensors: [String: Tensor] = [:]
      for (index, step) in program.steps.enumerated() {
        for (number, values) in step.operation.stored.numbers.enumerated() {
          tensors["step.\(index).\(number)"] = values
        }
      }
      for (part, tree) in proof.trees { tensors["tree.\(part)"] = Tensor(tree.fates) }
      var outputs = program.outputs.dropFirst().makeIterator()
      let header = Header(
        version: Self.version, title: title, equilibrium: claim.system.equilibrium,
        box: claim.system.box.map { [$0.lowerBound, $0.upperBound] },
        steps: program.steps.map {
          .init(operation: $0.operation.stored.name, operands: $0.operands)
        },
        field: program.outputs[0],
        parts: parts.map { part in
          .init(numerator: outputs.next()!, rival: part.rival == nil ? nil : outputs.next()!)
        },
        level: claim.level, matrix: claim.ellipsoid.matrix, frame: claim.ellipsoid.frame,
        rate: claim.ellipsoid.rate, radius: claim.ellipsoid.radius,
        outerRadius: claim.outerRadius)
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return SafeTensors(
        tensors, metadata: [Self.key: String(decoding: try encoder.encode(header), as: UTF8.self)])
    }
  }

  /// Writes the file, as a whole or not at all.
  ///
  /// - Throws: `Failure` of kind `fileSystem`.
  public func write(to path: String) throws {
    try file.write(to: path)
  }

  /// Reads a file; nothing about it is trusted, and `proof.check()` says whether it proves anything.
  ///
  /// - Throws: `Failure`, or `CertificateError` if it is no certificate.
  public init(contentsOf path: String) throws {
    try self.init(SafeTensors(contentsOf: path), path: path)
  }

  init(_ file: SafeTensors, path: String) throws(CertificateError) {
    guard let text = file.metadata[Self.key] else {
      throw CertificateError(
        path: path, expected: "a certificate, whose metadata have '\(Self.key)'", found: "none")
    }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(text.utf8))
    } catch {
      throw CertificateError(
        path: path, expected: "the description of a certificate as JSON", found: "other text")
    }
    title = header.title
    proof = try header.proof(file.tensors, path: path)
  }
}

/// Why a file is no certificate.
public struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What a certificate has there.
  public let expected: String
  /// What is there instead.
  public let found: String
  /// What to do about it, a sentence.
  public var remedy = "Write the certificate again."

  public var description: String { "\(path): expected \(expected), found \(found). \(remedy)" }
}

extension AttractionCertificate.Header {
  func proof(_ tensors: [String: Tensor], path: String) throws(CertificateError) -> AttractionProof
  {
    func require(
      _ condition: Bool, _ expected: String, _ found: String
    ) throws(CertificateError) {
      guard condition else { throw CertificateError(path: path, expected: expected, found: found) }
    }
    let d = equilibrium.count
    try require(
      version == AttractionCertificate.version, "version \(AttractionCertificate.version)",
      "\(version)")
    try require(
      (1...SplitTree.Fate.dimensionLimit).contains(d) && equilibrium.allSatisfy(\.isFinite),
      "an equilibrium of finite coordinates", "\(d)")
    try require(
      box.count == d
        && box.allSatisfy { $0.count == 2 && $0[0] < $0[1] && ($0[1] - $0[0]).isFinite },
      "a box of \(d) sides, each [low, high]", "another")
    try require(
      matrix.count == d * d && frame.count == d * d && (matrix + frame).allSatisfy(\.isFinite)
        && [level, rate, radius, outerRadius].allSatisfy(\.isFinite) && radius > 0,
      "an ellipsoid of dimension \(d) and a level", "others")
    var terms: [Term] = []
    for (index, step) in steps.enumerated() {
      try require(
        step.operands.allSatisfy { terms.indices.contains($0) },
        "step \(index) to use earlier ones",
        "operands \(step.operands)")
      var numbers: [Tensor] = []
      while let next = tensors["step.\(index).\(numbers.count)"] { numbers.append(next) }
      guard
        let term = StoredOperation(step.operation, numbers)
          .applied(to: step.operands.map { terms[$0] }, dimension: d)
      else {
        throw CertificateError(
          path: path, expected: "step \(index) to be a known operation on what fits it",
          found: "'\(step.operation.prefix(40).filter { $0.isLetter || $0.isNumber })'")
      }
      terms.append(term)
    }
    func term(_ index: Int, width: Int) throws(CertificateError) -> Term {
      try require(
        terms.indices.contains(index) && terms[index].width == width,
        "a step of \(width) components", "step \(index) of \(terms.count)")
      return terms[index]
    }
    try require(!parts.isEmpty, "a function", "none")
    var own: [LyapunovCandidate.Part] = []
    for part in parts {
      var rival: Term?
      if let index = part.rival { rival = try term(index, width: 1) }
      own.append(.init(try term(part.numerator, width: 1), against: rival))
    }
    let system = DynamicalSystem(
      field: try term(field, width: d), equilibrium: equilibrium, box: box.map { $0[0]...$0[1] })
    var trees: [String: SplitTree] = [:]
    for (name, tensor) in tensors where name.hasPrefix("tree.") && tensor.dtype == .uint8 {
      trees[String(name.dropFirst(5))] = SplitTree(fates: tensor.bytes)
    }
    return AttractionProof(
      claim: AttractionClaim(
        system: system, candidate: LyapunovCandidate(own), level: level,
        ellipsoid: Ellipsoid(
          center: equilibrium, matrix: matrix, frame: frame, rate: rate, radius: radius),
        outerRadius: outerRadius),
      trees: trees)
  }
}
