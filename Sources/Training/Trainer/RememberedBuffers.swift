import NeuralNetworks
import Tensors

/// Tensors that a forward pass changes, such as running statistics, with their elements at some moment.
struct RememberedBuffers {
  private let buffers: [(tensor: Tensor, before: Tensor)]

  init(of state: ModuleState) {
    buffers = state.entries.filter { !$0.isParameter }.map {
      let before = Tensor.zeros(like: $0.tensor)
      before.assign($0.tensor)
      return ($0.tensor, before)
    }
  }

  func restore() { for (tensor, before) in buffers { tensor.assign(before) } }
}
