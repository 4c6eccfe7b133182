import Foundation
import StableDynamics
import Tensors
import Verification

/// How much of each class's cell {V_i < min_{j≠i} V_j} is proven to be attracted to the class's equilibrium:
/// with W_i = V_i / min_{j≠i} V_j, the largest level {W_i ≤ 1 - s} for which the claim of
/// `AttractionClaim` holds in the square in which regions are drawn.
package struct RegionVerification: Codable, Sendable {
  /// What is proven of one class.
  package struct Cell: Codable, Sendable {
    package let classIndex: Int
    /// 1 - s; nil if nothing is proven.
    package let level: Double?
    /// The share of the cell, within the square, that is proven; by a grid.
    package let share: Double
    /// Boxes whose bounds are the proof.
    package let boxes: Int
    /// Why nothing is proven.
    package let reason: String?
    package let seconds: Double
  }

  package let cells: [Cell]
  /// Half a side of the square.
  package let extent: Double

  /// What a proof may take, and where it goes on.
  package struct Settings {
    /// Of the search for each class; its deadline is replaced.
    package var search = BranchAndBound()
    /// For each class.
    package var seconds = 120.0
    /// Where an earlier search was stopped; knows afterwards where this one was.
    package var journal = ProofJournal(subject: "")
    package var isCancelled: () -> Bool = { false }

    package init() {}
  }

  /// Proves what can be proven of a model with a two-dimensional state.
  ///
  /// - Parameter certificate: given the certificate of each class for which there is one.
  /// - Returns: nil if the model's field is no formula.
  /// - Throws: what `certificate` throws; `JournalError` if the journal is another model's or damaged.
  static func of(
    _ geometry: RegionGeometry, extent: Double = 5, settings: Settings = Settings(),
    progress: (String) -> Void,
    certificate: (Int, AttractionCertificate) throws -> Void = { _, _ in }
  ) throws -> RegionVerification? {
    guard let field = geometry.field else { return nil }
    let lyapunov = geometry.lyapunov
    let dimension = lyapunov.equilibria.shape[1]
    let state = Term.state(dimension)
    let (velocity, values) = withoutGradients {
      (field.formula(of: state), lyapunov.formulas(of: state))
    }
    let places = lyapunov.equilibria.detached.to(.cpu).to(.float64)
    let box = [ClosedRange<Double>](repeating: -extent...extent, count: dimension)
    let grid = Grid(values: values, box: box)
    let cells = try values.indices.map { i -> Cell in
      let start = Date()
      let system = DynamicalSystem(field: velocity, equilibrium: places[i].doubles, box: box)
      let rivals = values.indices.filter { $0 != i }
      var prover = AttractionProver(
        system: system,
        candidate: LyapunovCandidate(rivals.map { .init(values[i], against: values[$0]) }))
      prover.search = settings.search
      prover.search.deadline = start + settings.seconds
      // V_i / (V_i + V_j) is 1/2 where the cells of i and j meet.
      prover.highestLevel = 0.4999
      func cell(_ proof: AttractionProof?, _ reason: String?) -> Cell {
        let level = proof.map { $0.claim.level / (1 - $0.claim.level) }
        return Cell(
          classIndex: i, level: level, share: proof.map { grid.share(of: i, in: $0.claim) } ?? 0,
          boxes: proof?.leafCount ?? 0, reason: reason, seconds: -start.timeIntervalSinceNow)
      }
      let outcome: AttractionProver.Outcome
      do {
        outcome = try settings.journal.outcome(of: "cell-\(i)", prover) { part, state in
          progress(
            "class \(i): \(part): \(state.boxes) boxes, \(state.pending) to do, "
              + "\(Int(state.share * 100)) % proven")
          return !settings.isCancelled()
        }
      } catch let error as AttractionError {
        return cell(nil, "\(error)")
      }
      switch outcome {
      case .proven(let proof):
        try certificate(i, AttractionCertificate(proof, title: "cell of class \(i)"))
        return cell(proof, nil)
      case .counterexample(let part, let place):
        return cell(nil, "\(part) is false at \(place)")
      case .undecided(let part, let share, _):
        return cell(nil, "\(part) is undecided on a share of \(share) of the square")
      }
    }
    return RegionVerification(cells: cells, extent: extent)
  }

  /// Points of the square with the class whose cell they are in.
  private struct Grid {
    let places: Tensor
    let owners: Tensor

    init(values: [Term], box: [ClosedRange<Double>], resolution: Int = 201) {
      precondition(box.count == 2, "a grid of \(box.count) dimensions")
      let square = UnitBox(box)
      places = square.places(of: square.grid(resolution))
      owners = Tensor.concatenated(
        Program(dimension: 2, outputs: values).values(at: places), along: 1
      ).argMin(along: 1)
    }

    func share(of index: Int, in claim: AttractionClaim) -> Double {
      let isOwn = owners .== Double(index)
      return Double((isOwn .& claim.contains(places)).trueCount) / Double(max(isOwn.trueCount, 1))
    }
  }
}

extension Term: StateFormula {
  public static func constant(_ values: Tensor) -> Term { .constant(values.doubles) }
}
