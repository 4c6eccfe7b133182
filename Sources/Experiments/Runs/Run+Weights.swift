import Datasets
import Files
import Foundation
import NeuralNetworks
import Tensors

extension Run {
  /// The SHA-256 of the file that the weights are in.
  public var weightsDigest: String {
    get throws {
      SHA256.digest(of: try Data(contentsOf: folder?.model ?? URL(fileURLWithPath: path)))
    }
  }

  /// The weights by the names of PyTorch's state dict, with what `Run.open` needs to know of them.
  public var weights: SafeTensors {
    get throws {
      SafeTensors(
        model.state.tensors,
        metadata: try ModelMetadata(
          configuration: configuration, classNames: classNames, input: input
        ).entries)
    }
  }
}
