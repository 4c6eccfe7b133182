/// A model in use whose regions of attraction are the cells of its centres, exactly.
public protocol CellClassifier: FlowClassifier {
  var cells: VoronoiCells { get }
  var cellFlow: CellFlow { get }
}
