/// The geometry of a model with two-dimensional states: regions or basins as coloured cells, and
/// over them whatever is given of the vector field, level sets, trajectories and equilibria.
public struct RegionPicture: Equatable, Sendable {
  /// A state of the plane.
  public struct Point: Equatable, Sendable {
    /// The first coordinate of the state, drawn to the right.
    public var x: Double
    /// The second coordinate, drawn upwards.
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// Which class each cell of a regular grid over the picture belongs to.
  public struct Cells: Equatable, Sendable {
    /// How many cells divide `xRange`.
    public let columns: Int
    /// How many cells divide `yRange`.
    public let rows: Int

    /// The class of each cell, or `nil` if it has none; row by row from the bottom.
    public let classes: [Int?]

    /// Creates cells of a grid.
    ///
    /// - Precondition: there is a class or `nil` for each of `columns` x `rows` cells.
    public init(columns: Int, rows: Int, classes: [Int?]) {
      precondition(
        columns > 0 && rows > 0 && classes.count == columns * rows,
        "\(classes.count) classes for \(columns) by \(rows) cells")
      self.columns = columns
      self.rows = rows
      self.classes = classes
    }
  }

  /// The vector field at a state.
  public struct Arrow: Equatable, Sendable {
    /// The state at which the arrow begins.
    public var origin: Point
    /// The first component of f there; the picture shows directions, and speeds beside each other.
    public var dx: Double
    /// The second component of f there.
    public var dy: Double

    public init(origin: Point, dx: Double, dy: Double) {
      self.origin = origin
      self.dx = dx
      self.dy = dy
    }
  }

  /// A piece of a level set or a trajectory, of a class or of none.
  public struct Path: Equatable, Sendable {
    /// The corners of the line, in order.
    public var points: [Point]
    /// The class whose colour the line has; `nil` for the colour of ink.
    public var classIndex: Int?

    /// Creates a line through points, of a class or of none.
    public init(_ points: [Point], classIndex: Int? = nil) {
      self.points = points
      self.classIndex = classIndex
    }
  }

  /// A single state that matters: an equilibrium or a sample.
  public struct Marker: Equatable, Sendable {
    /// Where the mark stands.
    public var point: Point
    /// The class whose colour the mark has; `nil` for the colour of ink.
    public var classIndex: Int?

    public init(_ point: Point, classIndex: Int? = nil) {
      self.point = point
      self.classIndex = classIndex
    }
  }

  /// What the picture shows, in a few words.
  public var title: String
  /// How to read the picture, in a sentence or two; also what a screen reader says in its place.
  public var summary: String

  /// The names of the classes, in the order of their colours.
  public var classNames: [String]

  /// The part of the plane that is shown.
  public var xRange: ClosedRange<Double>
  /// The part of the second coordinate that is shown, from bottom to top.
  public var yRange: ClosedRange<Double>

  /// The regions or basins behind all else; `nil` for a blank ground.
  public var cells: Cells?
  /// Arrows of dh/dt = f(h), larger where f is.
  public var field: [Arrow] = []
  /// Lines on which a Lyapunov function has one value, such as the boundary of a region.
  public var levelSets: [Path] = []

  /// Trajectories, each beginning at its first point.
  public var trajectories: [Path] = []
  /// States of data, such as h(0) of test images, as small dots.
  public var samples: [Marker] = []
  /// The equilibrium of each class, as a larger mark over the samples.
  public var equilibria: [Marker] = []

  /// Creates a picture of an empty part of the plane, to be filled by setting its properties.
  public init(
    title: String, summary: String, classNames: [String],
    xRange: ClosedRange<Double>, yRange: ClosedRange<Double>
  ) {
    precondition(
      xRange.lowerBound < xRange.upperBound && yRange.lowerBound < yRange.upperBound,
      "a picture of no extent: \(xRange) by \(yRange)")
    self.title = title
    self.summary = summary
    self.classNames = classNames
    self.xRange = xRange
    self.yRange = yRange
  }

  /// The picture as a Vega-Lite specification.
  public var vegaLite: VegaLiteChart {
    var layers = layersFromBackToFront
    if case .object(var back)? = layers.first {
      back["params"] = [.zoomAndPan]
      layers[0] = .object(back)
    }
    let height = yRange.upperBound - yRange.lowerBound
    let width = xRange.upperBound - xRange.lowerBound
    return VegaLiteChart(
      title: title, summary: summary, aspectRatio: height / width, layers: layers)
  }
}
