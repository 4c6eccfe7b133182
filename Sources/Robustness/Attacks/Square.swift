import Failures
import NeuralNetworks
import Tensors

/// The square attack: a random search that sees scores only. Each query changes a random square
/// window and keeps the change where the margin, max over wrong classes of s_j minus s_y, grows.
///
/// Windows have the side round(√(p h w)), with p falling from `initialShare` by powers of 2 as
/// queries go on. See `SquareStripes` for what they do in L-inf and `SquareBumps` for L2.
///
/// Andriushchenko et al., "Square attack: a query-efficient black-box adversarial attack via random
/// search", 2020, as AutoAttack has it (square.py). A window's corner is ⌊u (h - s)⌋ with u in
/// [0, 1), so the last place for a corner is never drawn, and the last row and column of pixels stay
/// as they started, except in windows as large as the image. Deviations:
///
/// - Windows and signs are drawn for each sample by itself; AutoAttack draws one window and, in
///   L-inf, one set of signs for the whole batch, so that its result depends on the batch.
/// - A tie of scores is not yet misclassified.
/// - In L-inf a window that would change nothing, or that the same image has been tried with, is
///   passed over: it counts as a query, but the scores are known. On small images these are most.
/// - Images need not be square, nor be 5 pixels high for L2.
/// - Of scores that do not decide as the model does the greatest margin is sought to the end.
public struct Square: Attack {
  public let name: String
  public let reference = "Andriushchenko et al. 2020, arXiv:1912.00049"
  public let norms: Set<ThreatModel.Norm> = [.linf, .l2]
  public let usesGradients = false
  public let needsImages = true
  /// Windows that are tried from one start, which itself costs one query more.
  public let queries: Int
  /// The share p of the image that the first windows have.
  public let initialShare: Double
  /// Starts.
  public let restarts: Int
  /// Whether p falls as if there were 10 000 queries in all, as in torchattacks, so that the last
  /// windows are the smallest however many there are. AutoAttack does not, and ends its 5 000
  /// queries at p = `initialShare` / 128.
  public let rescalesSchedule: Bool

  /// - Parameters:
  ///   - name: what results call it; two settings in one evaluation need two names.
  ///   - queries: at least 1.
  ///   - initialShare: above 0, at most 1.
  ///   - restarts: at least 1.
  public init(
    name: String = "square", queries: Int = 5000, initialShare: Double = 0.8, restarts: Int = 1,
    rescalesSchedule: Bool = false
  ) {
    precondition(
      queries > 0 && initialShare > 0 && initialShare <= 1 && restarts > 0,
      "Square(queries: \(queries), initialShare: \(initialShare), restarts: \(restarts))")
    self.name = name
    self.queries = queries
    self.initialShare = initialShare
    self.restarts = restarts
    self.rescalesSchedule = rescalesSchedule
  }

  public var steps: Int { queries + 1 }

  public var parameters: [String: String] {
    [
      "loss": MarginLoss().name, "queries": "\(queries)", "p": "\(initialShare)",
      "restarts": "\(restarts)", "schedule": rescalesSchedule ? "rescaled" : "fixed",
    ]
  }

  public func attempts(classCount: Int) -> Int { restarts }

  /// - Throws: `Failure` of kind `invalidOption` where samples are not images [C, H, W];
  ///   what the score function throws.
  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let shape = problem.sampleShape
    guard shape.count == 3 else {
      throw Failure(
        .invalidOption, at: "attack '\(name)'", expected: "images [C, H, W]",
        found: "samples of shape \(shape)",
        remedy: "Square changes windows of images: leave it out for points, or use 'random'.")
    }
    return try withoutGradients {
      switch problem.threat.norm {
      case .linf: Perturbation(images: try search(problem, by: SquareStripes.self))
      case .l2: Perturbation(images: try search(problem, by: SquareBumps.self))
      }
    }
  }

  /// The side of the windows of a query, counted from 0: round(√(p h w)), at least 1 and at most
  /// the shorter side of the image. In L2 it is then made odd and at least 3.
  package func side(atQuery query: Int, height: Int, width: Int) -> Int {
    let root = (share(atQuery: query) * Double(height * width)).squareRoot()
    return min(max(Int(root.rounded(.toNearestOrEven)), 1), height, width)
  }

  /// p, halved after each of these queries.
  private func share(atQuery query: Int) -> Double {
    let query = rescalesSchedule ? Int(Double(query) / Double(queries) * 10_000) : query
    let halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000].count { query > $0 }
    return initialShare / Double(1 << halvings)
  }

  private func search(_ problem: AttackProblem, by moves: any SquareMoves.Type) throws -> Tensor {
    var search = MarginSearch(problem)
    var moves = moves.init(problem, of: self)
    var candidates = moves.start
    while true {
      let margins = try search.margins(of: candidates.unsqueezed(1)).squeezed(1)
      let (isKept, kept) = search.consider(candidates, margins: margins)
      moves.note(isKept)
      if let kept { moves.keep(kept) }
      let open = moves.draw()
      if open.count < search.count {
        search.keep(open)
        moves.keep(open)
      }
      if search.isOver { return search.result }
      candidates = moves.moved(search.images, of: search.problem)
    }
  }
}

/// How Square changes images in one norm: what it draws for each sample, query by query.
protocol SquareMoves {
  init(_ problem: AttackProblem, of attack: Square)

  /// The images [n, C, H, W] that the search starts from.
  var start: Tensor { get }

  /// Takes note of whether each sample has kept what was tried last.
  mutating func note(_ isKept: [Bool])

  /// Draws the next window of each sample that the scores have to be asked for.
  ///
  /// - Returns: the places of the samples that have one; the others' queries are at an end.
  mutating func draw() -> [Int]

  /// Goes on with some of the samples, by place.
  mutating func keep(_ kept: [Int])

  /// The best images so far with the window of each changed that was drawn last.
  func moved(_ images: Tensor, of problem: AttackProblem) -> Tensor
}
