import Tensors

/// That {W ≤ b} within a box is part of the region of attraction of an equilibrium c. It follows from
///
/// 1. **inner**: in the ellipsoid E = {(x - c)'P (x - c) ≤ r}, inside the box, the field contracts in the
///    norm of P at the rate λ, and |f(c)|_P < λ √r: every trajectory in E stays there and tends to the one
///    equilibrium in it, which is c up to rounding;
/// 2. **decrease**: wherever W ≤ b in the box, outside of E, each part of W that is largest falls;
/// 3. **closed**: on each face of the box W > b, or the field points inward;
/// 4. **positive**: where W ≤ b rivals are above 0, and numerators outside of E (plain functions need none
///    of this).
///
/// A trajectory from {W ≤ b} does not leave the box by 3 and does not leave {W ≤ b} by 2 before it is in E.
/// As W falls at a rate that is bounded away from 0 on the compact set that 2 speaks of, it reaches E, and
/// by 1 it tends to c. W(c) = 0 is not needed, nor is {W ≤ b} connected by assumption.
public struct AttractionClaim: Sendable {
  /// The field f, the equilibrium c and the box.
  public let system: DynamicalSystem
  /// W.
  public let candidate: LyapunovCandidate
  /// b.
  public var level: Double
  /// E.
  public var ellipsoid: Ellipsoid
  /// The ellipsoid over whose hull statement 1 is proven, at least as large as E.
  public let outerRadius: Double

  /// Field and function are taken with everything shared that they have in common, so that a claim from a
  /// certificate has the very bounds of the claim that was written.
  init(
    system: DynamicalSystem, candidate: LyapunovCandidate, level: Double, ellipsoid: Ellipsoid,
    outerRadius: Double
  ) {
    let shared = Program(
      dimension: system.dimension, outputs: [system.field] + candidate.terms
    ).sharedTerms
    self.system = DynamicalSystem(
      field: shared[0], equilibrium: system.equilibrium, box: system.box)
    self.candidate = candidate.replacingTerms(with: Array(shared.dropFirst()))
    self.level = level
    self.ellipsoid = ellipsoid
    self.outerRadius = outerRadius
  }

  /// A part of the proof.
  public struct Part: Sendable {
    /// Such as `inner` or `decrease.0`.
    public let name: String
    /// What is to be proven, over which domain.
    public internal(set) var statement: Statement
    /// The alternative whose threshold is the level or the ellipsoid's r, where there is one.
    let relaxing: Int?
  }

  private var isBelowEllipsoid: Statement.Alternative {
    .init(ellipsoid.form, below: ellipsoid.radius)
  }

  private var box: Boxes { Boxes(system.box) }

  var inner: Part {
    let statement = Statement(
      over: Boxes(ellipsoid.hull(radius: outerRadius)),
      anyOf: [
        .init(-ellipsoid.form, below: -ellipsoid.radius),
        .init(ellipsoid.contraction(of: system.field)),
      ])
    return Part(name: "inner", statement: statement, relaxing: 0)
  }

  /// What holds where W > b. Its threshold moves with the level.
  private var exclusion: Statement.Alternative { .init(-candidate.value, below: -level) }

  /// One part for each face.
  var closed: [Part] {
    let faces = box.faces
    return (0..<faces.count).map { face in
      let component = system.field[face / 2]
      let outward = face % 2 == 0 ? -component : component
      return Part(
        name: "closed.\(face)",
        statement: Statement(
          over: faces.sliced(face..<face + 1), anyOf: [exclusion, .init(outward)]),
        relaxing: 0)
    }
  }

  /// One part for each part of the function.
  var decrease: [Part] {
    let indices = candidate.parts.indices
    return indices.map { j in
      let smaller = indices.filter { $0 != j }.map { k in
        Statement.Alternative(candidate.difference(j, k))
      }
      return Part(
        name: "decrease.\(j)",
        statement: Statement(
          over: box,
          anyOf: [exclusion, isBelowEllipsoid, .init(candidate.rate(j, along: system.field))]
            + smaller),
        relaxing: 0)
    }
  }

  var positive: [Part] {
    candidate.parts.enumerated().flatMap { j, part -> [Part] in
      guard let rival = part.rival else { return [] }
      return [
        Part(
          name: "rival.\(j)",
          statement: Statement(over: box, anyOf: [exclusion, .init(-rival)]), relaxing: 0),
        Part(
          name: "numerator.\(j)",
          statement: Statement(
            over: box, anyOf: [exclusion, isBelowEllipsoid, .init(-part.numerator)]),
          relaxing: 0),
      ]
    }
  }

  /// The field and the terms of the function.
  var program: Program {
    Program(dimension: system.dimension, outputs: [system.field] + candidate.terms)
  }

  /// That the ellipsoid is one for which the parts prove the claim: what is not bounded over boxes.
  ///
  /// - Throws: `AttractionError.unsoundEllipsoid`.
  public func validate() throws(AttractionError) {
    guard ellipsoid.isSound(for: system), outerRadius >= ellipsoid.radius,
      ellipsoid.center == system.equilibrium,
      outerRadius <= ellipsoid.largestRadius(inside: system.box)
    else { throw .unsoundEllipsoid }
  }

  /// All parts.
  public var parts: [Part] { [inner] + positive + closed + decrease }

  /// Whether places [N, d] are in the set that the claim is about: W ≤ b or in E, in the box; [N] bool.
  public func contains(_ places: Tensor) -> Tensor {
    let program = Program(
      dimension: system.dimension, outputs: [candidate.value, ellipsoid.form])
    let values = program.values(at: places).map { $0.squeezed(1) }
    return isWithinBox(places) .& ((values[0] .<= level) .| (values[1] .<= ellipsoid.radius))
  }

  /// Whether places [N, d] are in the box, or outside by no more than a share of its sides; [N] bool.
  func isWithinBox(_ places: Tensor, slack: Double = 0) -> Tensor {
    let margin = box.widths * slack
    return (places .>= box.lower - margin).all(along: 1)
      .& (places .<= box.upper + margin).all(along: 1)
  }
}

/// Why an attraction claim cannot even be stated.
public enum AttractionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The linearisation has an eigenvalue whose real part is not below 0.
  case unstable
  case outside(equilibrium: [Double])
  /// No level, however small, is proven; what was in the way.
  case nothing(part: String, reason: String)
  /// A certificate's ellipsoid is none for its field.
  case unsoundEllipsoid

  public var description: String {
    switch self {
    case .unstable:
      "expected an equilibrium that attracts, found a linearisation with an eigenvalue of real part 0 or "
        + "above: such a region of attraction cannot be proven here"
    case .outside(let equilibrium):
      "expected a box around the equilibrium, found \(equilibrium) on its edge or outside"
    case .nothing(let part, let reason): "nothing is proven: \(part): \(reason)"
    case .unsoundEllipsoid:
      "the certificate's ellipsoid is no contraction region of its field: it is damaged"
    }
  }
}
