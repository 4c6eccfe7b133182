import Tensors

/// A model in use whose regions of attraction are the cells of its centres, exactly.
public protocol CellClassifier: FlowClassifier {
  var cells: VoronoiCells { get }
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
