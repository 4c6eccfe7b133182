import Tensors

/// The map φ from images to features, the initial states of a neural ODE.
public protocol FeatureExtractor: Module, LipschitzBounded {
  /// Numbers per image that come out.
  var featureCount: Int { get }

  /// Features [N, featureCount] of images [N, C, H, W] (or points [N, d]).
  func callAsFunction(_ images: Tensor, mode: ForwardMode) -> Tensor

  /// Units that can be left out; empty for networks that do not say.
  var hiddenUnits: [HiddenUnits] { get }

  /// A snapshot that gives the same features in inference mode, faster where that can be had. It
  /// does not follow later training, and only its input is differentiated.
  func foldedForInference() -> any FeatureExtractor
}

extension FeatureExtractor {
  public var hiddenUnits: [HiddenUnits] { [] }
  public func foldedForInference() -> any FeatureExtractor { self }
}

/// An extractor behind an input normalisation; its tensors are those of the extractor.
public struct NormalizedExtractor: FeatureExtractor {
  /// What is done to images first.
  public let normalization: InputNormalization
  /// What sees the normalised images.
  public let extractor: any FeatureExtractor

  /// Puts the normalisation before the extractor.
  public init(_ extractor: any FeatureExtractor, normalization: InputNormalization) {
    self.extractor = extractor
    self.normalization = normalization
  }

  public var featureCount: Int { extractor.featureCount }
  public var state: ModuleState { extractor.state }
  public var hiddenUnits: [HiddenUnits] { extractor.hiddenUnits }

  public func callAsFunction(_ images: Tensor, mode: ForwardMode) -> Tensor {
    extractor(normalization(images), mode: mode)
  }

  public func foldedForInference() -> any FeatureExtractor {
    NormalizedExtractor(extractor.foldedForInference(), normalization: normalization)
  }
}

extension Tensor {
  /// The same elements in storage of their own, outside the graph.
  var copied: Tensor {
    let copy = Tensor.zeros(like: self)
    copy.assign(self)
    return copy
  }
}

extension NormalizedExtractor {
  public func lipschitzBound(on shape: [Int]) -> Double {
    normalization.lipschitzBound * extractor.lipschitzBound(on: shape)
  }
}
