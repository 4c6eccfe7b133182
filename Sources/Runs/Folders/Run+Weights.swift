import Datasets
import Files
import Foundation
import NeuralNetworks
import Tensors

extension ModuleState {
  /// The SHA-256 of all names and values, whatever file they are in.
  public var digest: String {
    let digest = SHA256()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      digest.update(name.utf8)
      digest.update(tensor.to(.cpu).bytes)
    }
    return digest.finalize()
  }
}

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
          configuration: configuration, classNames: classNames, input: input,
          features: storedFeatures
        ).entries)
    }
  }
}
