import Tensors

/// A map F that takes no two points further apart,
///
///     ‖F(x) - F(y)‖ ≤ ‖x - y‖   in the Euclidean norm, for every value of its parameters,
///
/// by algebra and not by training. Vectors are [N, d]; maps are [H, W, N, C], pixels outermost, so
/// that what mixes pixels and what mixes channels are both plain matrix products without a copy
/// between (`PixelsFirst`, `Flattening`).
public protocol NonexpansiveLayer: Module, Sendable {
  /// F(x), recorded, with the layer's weights made anew from its parameters, as training needs it.
  func callAsFunction(_ x: Tensor) -> Tensor

  /// The layer for use: its weights made once, in float64, and then rounded to `dtype`.
  ///
  /// - Throws: if the parameters define no such map, because they are not finite or have lost their rank.
  func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer
}

/// A nonexpansive layer whose weights are fixed numbers, with what rounding did to it.
public protocol SettledLayer: Sendable {
  /// F(x) in the element type of the weights, which is also that of x; only x is differentiated.
  func callAsFunction(_ x: Tensor) -> Tensor

  /// A bound of the Lipschitz constant of the map with just these (rounded) weights in exact
  /// arithmetic, measured in float64.
  var lipschitzBound: Double { get }

  /// The same numbers, evaluated in an element type that holds them.
  func evaluated(in dtype: DType) -> any SettledLayer

  /// What the layer's own rounding makes of `x`.
  func propagated(_ x: RoundedFeatures) -> RoundedFeatures
}

/// Why a layer is none: what its parameters have to be and are not.
public struct NonexpansiveLayerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The layer, such as `3` for the fourth of a chain, with the names of its owners before it.
  public var layer: String
  /// What was measured, such as the defect of orthogonality.
  public let found: String

  public init(layer: String = "", found: String) {
    self.layer = layer
    self.found = found
  }

  /// The same of a layer that belongs to something of this name.
  public func within(_ owner: String) -> NonexpansiveLayerError {
    var error = self
    error.layer = layer.isEmpty ? owner : "\(owner).\(layer)"
    return error
  }

  public var description: String {
    "\(layer.isEmpty ? "weights" : "\(layer).weight"): expected a matrix of full rank for a layer that "
      + "takes no two points further apart, found \(found). Use another checkpoint, or train anew."
  }
}
