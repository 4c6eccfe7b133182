import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// The model in use: it decides by the cell of h(T), which is that of h(0). States are computed in the
/// element type of the cells' centres, and scores are given in that of training.
struct TrainedCertifiedCell: CellClassifier {
  /// Settled.
  let features: NonexpansiveFeatures
  let cells: VoronoiCells
  let cellFlow: CellFlow
  let temperature: Double
  let scoreType: DType

  var classCount: Int { cells.classCount }
  var flow: Flow { cellFlow.flow }

  func problem(of images: Tensor) -> InitialValueProblem {
    InitialValueProblem(
      field: .autonomous(cellFlow.dynamics.velocity(in: cells)), from: initialState(images))
  }

  func initialState(_ images: Tensor) -> Tensor {
    features(images.to(cells.centers.dtype), mode: .inference)
  }

  func solution(of problem: InitialValueProblem) throws -> Solution {
    try cellFlow.solution(from: problem.initialState, in: cells)
  }

  /// Depths times ten, up to what all classes have in common: of a size that a softmax tells apart, far
  /// from a centre and next to it.
  func scores(of states: Tensor) -> Tensor {
    (cells.scores(at: states) * (10 / cells.spacing.squared)).to(scoreType)
  }

  func predictions(_ images: Tensor) throws -> Tensor {
    cells.owners(at: try trajectory(images).finalState)
  }

  /// The logits, -V at h(T), and the scores of h(0), which decide the same where the solver is covered.
  var scoreFunctions: [ScoreFunction] {
    let own = [
      ScoreFunction(name: "logits", scores: logits),
      ScoreFunction(name: "-V") {
        (-cells.values(at: try trajectory($0).finalState)).to(scoreType)
      },
    ]
    guard (try? cellFlow.requireCoverage()) != nil else { return own }
    return own + [
      ScoreFunction(name: "margins of h(0)") {
        (cells.scores(at: initialState($0)) / (cells.spacing * (2 * temperature))).to(scoreType)
      }
    ]
  }

  /// Those of the dynamics; without other solvers where the solution is known without one.
  var surrogateScores: [ScoreFunction] {
    cellFlow.form == .closedForm ? flowlessSurrogates : dynamicsSurrogates
  }

  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let solution = try trajectory(images)
    let final = solution.finalState
    return [
      "features": solution.states[0].to(scoreType), "state": final.to(scoreType),
      "lyapunov": cells.values(at: final).to(scoreType), "logits": scores(of: final),
    ]
  }

  var geometry: RegionGeometry? {
    let settings = cellFlow.dynamics.settings
    return RegionGeometry(
      regions: CellRegions(
        cells.lyapunov, equation: CellEquation(speed: settings.speed * settings.leastRate)),
      velocity: cellFlow.dynamics.velocity(in: cells), initialState: initialState, flow: flow,
      field: settings.isRadial ? RadialCellField(dynamics: cellFlow.dynamics, cells: cells) : nil)
  }

  func cellCertificate(
    images: Tensor, labels: [Int], disturbance: Double?, batchSize: Int, progress: (Int) -> Void
  ) throws -> CellCertificate {
    try CellCertificate(
      features.certifiable(), cells: cells, flow: cellFlow, images: images, labels: labels,
      disturbance: disturbance, batchSize: batchSize, progress: progress)
  }
}

/// A model in use whose regions of attraction are the cells of its centres, exactly.
public protocol CellClassifier: FlowClassifier {
  /// The centres, with the cells {nearest to c_i} that are the regions of attraction.
  var cells: VoronoiCells { get }
  /// How states move in their cells, and how that is solved.
  var cellFlow: CellFlow { get }

  /// Radii from the distance of h(0) to the boundary of its region of attraction.
  ///
  /// - Parameters:
  ///   - disturbance: ω, the size of a lasting disturbance of the state to certify against as well.
  ///   - progress: told how many samples are done.
  /// - Throws: `SettingsError` if the theorem does not cover the solver, or the model has lost what it
  ///   rests on.
  func cellCertificate(
    images: Tensor, labels: [Int], disturbance: Double?, batchSize: Int, progress: (Int) -> Void
  ) throws -> CellCertificate
}
