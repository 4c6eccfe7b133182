import StableDynamics
import Tensors

/// The cells of nearest centres: with V_i(h) = ‖h - c_i‖², cell i is where V_i is least.
///
/// One function decides everywhere, in the field, the classifier and the certificate: the largest of
/// the affine scores
///
///     s_i(h) = 2⟨h, c_i⟩ - ‖c_i‖² = ‖h‖² - V_i(h).
///
/// How deep a state lies in a cell is affine too, so that no difference of squares cancels:
///
///     g_ij(h) = (V_j - V_i)(h) / D_ij² = (s_i - s_j)(h) / D_ij²,   D_ij = ‖c_i - c_j‖,
///
/// which is 1 at c_i and 0 on the bisector of c_i and c_j, whose distance from h is g_ij D_ij / 2.
public struct VoronoiCells: Sendable {
  /// c_i, [L, d].
  public let centers: Tensor
  /// D_ij, [L, L]; 1 on the diagonal, where nothing is divided by it.
  public let distances: Tensor
  /// D, the least D_ij, of rank 0.
  public let spacing: Tensor
  /// 2 c_i as columns, [d, L], and ‖c_i‖², [L].
  private let columns: Tensor
  private let squares: Tensor

  /// - Parameter centers: [L, d] with L ≥ 2; recorded if they are.
  public init(centers: Tensor) {
    precondition(centers.rank == 2 && centers.shape[0] >= 2, "centres \(centers.shape)")
    self.centers = centers
    columns = centers.transposed * 2
    squares = centers.squared.sum(along: 1)
    let identity = Tensor.identity(
      centers.shape[0], dtype: centers.dtype, device: centers.device)
    let apart = squares.unsqueezed(0) + squares.unsqueezed(1) - centers.matmul(columns)
    distances =
      Tensor.select(
        identity .> 0, .ones(like: identity), apart.maximum(Self.least)
      ).squareRoot
    spacing = (distances + identity * Self.beyond).min()
  }

  /// The square of a distance that stands for 0.
  private static let least = 1e-20
  /// More than any depth.
  private static let beyond = 1e30

  /// L.
  public var classCount: Int { centers.shape[0] }

  /// s_i of states [N, d], [N, L]: V_i is least where it is largest.
  public func scores(at states: Tensor) -> Tensor { states.matmul(columns) - squares }

  /// The class whose cell each state lies in, [N] (int64); the first of equals.
  public func owners(at states: Tensor) -> Tensor {
    withoutGradients { scores(at: states).argMax(along: 1) }
  }

  /// V_i of states [N, d], [N, L]: that of the cell's own centre as a sum of squares, the others by
  /// how much they are larger.
  public func values(at states: Tensor) -> Tensor {
    let scores = scores(at: states)
    let owner = scores.detached.argMax(along: 1)
    let own = (states - centers.selecting(owner)).squared.sum(along: 1)
    return (own + scores.gathering(columns: owner)).unsqueezed(1) - scores
  }

  /// Distances of states to the bisectors of a class y with each other one, in units of the state:
  /// (V_j - V_y) / (2 D_yj), negative beyond the bisector and 0 at j = y; [N, L].
  ///
  /// - Parameter classes: y of each state, [N] (int64).
  public func bisectorDistances(at states: Tensor, of classes: Tensor) -> Tensor {
    leads(scores(at: states), of: classes) / (distances.selecting(classes) * 2)
  }

  private func leads(_ scores: Tensor, of classes: Tensor) -> Tensor {
    scores.gathering(columns: classes).unsqueezed(1) - scores
  }

  /// Where states are.
  public struct Place {
    /// i, the class of the cell, [N] (int64).
    public let owner: Tensor
    /// c_i, [N, d].
    public let center: Tensor
    /// ρ = min_{j ≠ i} g_ij, [N, 1]: at least 0, 1 at the centre.
    public let depth: Tensor
  }

  /// Where states [N, d] are, recorded.
  public func place(of states: Tensor) -> Place {
    let scores = scores(at: states)
    let owner = scores.detached.argMax(along: 1)
    return Place(
      owner: owner, center: centers.selecting(owner), depth: depth(scores, of: owner))
  }

  /// min_{j ≠ y} g_yj of states [N, d] and their classes y, [N, 1]: negative outside of the cell.
  public func depths(at states: Tensor, of classes: Tensor) -> Tensor {
    depth(scores(at: states), of: classes)
  }

  private func depth(_ scores: Tensor, of classes: Tensor) -> Tensor {
    let apart = distances.selecting(classes)
    let heights = leads(scores, of: classes) / apart.squared
    return ofRivals(heights, of: classes).min(along: 1, keeping: true)
  }

  /// Values [N, L] of which those of the classes y themselves cannot be the least: for the least over
  /// j ≠ y, and who it is.
  ///
  /// - Parameter classes: y of each row, [N] (int64).
  public func ofRivals(_ values: Tensor, of classes: Tensor) -> Tensor {
    let beyond = Tensor.full(Self.beyond, [], dtype: values.dtype, device: values.device)
    return .select(classes.oneHot(classCount, dtype: .bool), beyond, values)
  }

  /// The unit vectors from the centres of classes to those of others, [N, d].
  public func directions(from classes: Tensor, to others: Tensor) -> Tensor {
    let across = centers.selecting(others) - centers.selecting(classes)
    return across / across.norm(along: 1, keeping: true)
  }

  /// The same cells, cut off from the graph.
  public var detached: VoronoiCells { VoronoiCells(centers: centers.detached) }
}

extension VoronoiCells {
  /// V_i = ‖h - c_i‖² as the Lyapunov functions of other methods are written: with a learned part that
  /// is constant, as all of its weights are 0.
  public var lyapunov: LyapunovFunction {
    let (count, dimension) = (centers.shape[0], centers.shape[1])
    func zeros(_ shape: [Int]) -> Tensor {
      .zeros(shape, dtype: centers.dtype, device: centers.device)
    }
    return LyapunovFunction(
      networks: ClassConvexNetworks(layers: [
        .init(hidden: nil, input: zeros([count, 1, dimension]), bias: zeros([count, 1]))
      ]),
      equilibria: centers, quadraticWeight: 1)
  }
}

/// Two classes of a model share a centre, so that neither has a cell.
public struct CoincidentCenters: Error, Hashable, Sendable, CustomStringConvertible {
  /// Two of them.
  public let classes: [Int]

  /// Creates the error of two classes with one centre.
  public init(classes: [Int]) { self.classes = classes }

  public var description: String {
    "centers: expected a centre of its own for each class, found one for the classes \(classes[0]) and "
      + "\(classes[1]), between which no radius can be certified. Use another checkpoint, or train anew."
  }
}

extension VoronoiCells {
  /// - Throws: `CoincidentCenters` for the first two centres that are one but for rounding.
  func requireDistinctCenters() throws(CoincidentCenters) {
    let length = centers.norm(along: 1).max().item
    for (index, distance) in distances.doubles.enumerated() {
      let (i, j) = (index / classCount, index % classCount)
      if i < j, !(distance > 1e-6 * length) { throw CoincidentCenters(classes: [i, j]) }
    }
  }
}
