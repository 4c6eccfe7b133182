import Distributed
import Tensors

extension Device {
  /// The device of a name for one of several processes: `cuda` and `auto` mean the CUDA device with
  /// the number of the process on its machine.
  ///
  /// - Throws: `DeviceError`, also where a machine has fewer devices than processes.
  package init(named name: String, for group: ProcessGroup?) throws {
    let device = try Device(named: name)
    guard let group, case .cuda = device, name == "cuda" || name == "auto" else {
      self = device
      return
    }
    try self.init(named: "cuda:\(group.localRank)")
  }
}
