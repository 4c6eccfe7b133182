import NeuralNetworks
import Tensors

/// A radius around each sample within which a model on cells decides alike at every time, from
/// t = 0 on: the paper's Proposition 6 as a theorem.
///
/// With φ the map of images to h(0) and L a bound of its Lipschitz constant, the region of attraction
/// of the class y of a sample x is the cell of c_y exactly, and φ(x) lies
///
///     m(x) = min_{j ≠ y} (V_j - V_y)(φ(x)) / (2 D_yj)
///
/// from its boundary, no further and no less. So all images within
///
///     r(x) = (m(x) - e) / L
///
/// are decided like x, and their states converge to c_y. e covers what rounding does to the states and
/// scores of two images; radii are rounded down. So what is certified is the model as it is computed,
/// whatever the order of its sums.
public struct CellCertificate: Codable, Sendable {
  /// L.
  public var featureBound: Double
  /// e, in units of the state; for images with pixels in [0, 1].
  public var roundingBound: Double
  /// D, the least distance between two centres.
  public var spacing: Double
  /// In the Euclidean norm of pixels; 0 for samples classified wrongly.
  public var radii: [Double]
  /// What holds under a disturbance of the state; nil if none was asked for.
  public var disturbance: Disturbance?

  /// Radii that hold while the state is disturbed for ever (`PersistentDisturbance`).
  public struct Disturbance: Codable, Sendable {
    /// ω.
    public var size: Double
    /// ρ*; nil if no state withstands ω.
    public var leastDepth: Double?
    /// min_j (m_j - e - ρ* D_yj / 2) / L, 0 where there is none.
    public var radii: [Double]
  }
}

extension CellCertificate {
  /// Certifies images [N, ...] with pixels in [0, 1].
  ///
  /// - Parameters:
  ///   - map: φ as it is computed.
  ///   - disturbance: ω; nil to leave it out.
  ///   - progress: told how many images are done.
  /// - Throws: `SettingsError` for a flow that the theorems do not cover, `CoincidentCenters`.
  init(
    _ map: SettledNonexpansiveExtractor, cells: VoronoiCells, flow: CellFlow, images: Tensor,
    labels: [Int], disturbance size: Double?, batchSize: Int, progress: (Int) -> Void
  ) throws {
    try flow.requireCoverage()
    let exact = VoronoiCells(centers: cells.centers.detached.to(.float64))
    try exact.requireDistinctCenters()
    featureBound = map.lipschitzBound
    spacing = exact.spacing.item
    // Once for x, and once for whatever it is compared with.
    let rounding = map.rounding(on: Array(images.shape.dropFirst()))
    let error =
      2 * rounding.error
      + flow.roundingGuard(norm: rounding.norm, in: exact, dtype: cells.centers.dtype)
    (roundingBound, radii) = (error, [])
    let settings = flow.dynamics.settings
    let withstood = size.map {
      PersistentDisturbance(size: $0, against: settings, spacing: exact.spacing.item)
    }
    disturbance = size.map {
      Disturbance(size: $0, leastDepth: withstood??.leastDepth, radii: [])
    }
    // Beyond the rounding of the few operations in float64 that follow.
    let scale = (1 - 1e-9) / map.lipschitzBound
    for start in stride(from: 0, to: images.shape[0], by: batchSize) {
      let range = start..<min(start + batchSize, images.shape[0])
      withoutGradients {
        let states = map(images.sliced(range))
        let labels = Tensor(labels[range].map(Int64.init), device: states.device)
        let distances = exact.bisectorDistances(at: states.to(.float64), of: labels)
        func radii(_ distances: Tensor) -> [Double] {
          let least = exact.ofRivals(distances, of: labels).min(along: 1)
          return ((least - error) * scale).maximum(0).doubles
        }
        self.radii += radii(distances)
        if let depth = withstood??.leastDepth {
          disturbance?.radii += radii(
            distances - exact.distances.selecting(labels) * (depth / 2))
        } else if size != nil {
          disturbance?.radii += [Double](repeating: 0, count: range.count)
        }
      }
      progress(range.upperBound)
    }
  }
}
