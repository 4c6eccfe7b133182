import CTorch

/// Where a tensor's elements live.
public enum Device: Sendable, Hashable, CustomStringConvertible {
  case cpu
  /// A CUDA device by index. Obtain it with `Device(named:)`, which loads the CUDA library.
  case cuda(Int)

  var index: Int32 {
    switch self {
    case .cpu: Int32(CT_CPU)
    case .cuda(let index): Int32(index)
    }
  }

  init(index: Int32) { self = index < 0 ? .cpu : .cuda(Int(index)) }

  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  /// The device called `cpu`, `cuda`, `cuda:N`, or `auto` (CUDA where it is present, else the CPU).
  ///
  /// - Throws: `DeviceError` if the name is unknown, or CUDA is asked for and does not answer.
  public init(named name: String) throws {
    switch name {
    case "cpu": self = .cpu
    case "auto": self = ct_load_cuda() == 1 ? .cuda(0) : .cpu
    default:
      guard name == "cuda" || name.hasPrefix("cuda:"),
        let index = name == "cuda" ? 0 : Int(name.dropFirst(5)), index >= 0
      else { throw DeviceError.unknownName(name) }
      guard ct_load_cuda() == 1 else { throw DeviceError.cudaUnavailable(lastTorchError()) }
      let count = Int(ct_cuda_device_count())
      guard index < count else { throw DeviceError.noSuchDevice(index: index, count: count) }
      self = .cuda(index)
    }
  }

  /// Waits until all work queued on the device is done (for timing).
  public func synchronize() {
    torchCheck(ct_synchronize(index), "synchronize \(self)")
  }
}

/// Why a device that was asked for cannot be had.
public enum DeviceError: Error, Hashable, CustomStringConvertible {
  case unknownName(String)
  case cudaUnavailable(String)
  case noSuchDevice(index: Int, count: Int)

  public var description: String {
    switch self {
    case .unknownName(let name):
      "unknown device '\(name)': expected cpu, cuda, cuda:N or auto"
    case .cudaUnavailable(let reason):
      "CUDA was asked for but is not available (\(reason)): install a CUDA build of libtorch and "
        + "put its libtorch_cuda.so on LD_LIBRARY_PATH, or use --device cpu"
    case .noSuchDevice(let index, let count):
      "no device cuda:\(index): this machine has \(count) CUDA device\(count == 1 ? "" : "s"), "
        + "numbered from 0"
    }
  }
}
