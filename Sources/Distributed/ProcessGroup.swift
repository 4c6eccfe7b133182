import CDistributed
import CTorch
import Foundation
import Tensors

/// Processes that work on one thing together, over libtorch's c10d with Gloo and NCCL.
///
/// Every process calls the same functions in the same order. Tensors on a CUDA device are exchanged
/// by NCCL where this build has it; Gloo exchanges memory of the host, by which they go otherwise.
/// After a failure the group is of no further use, and every call throws that first failure.
public final class ProcessGroup: @unchecked Sendable {
  /// This process, from 0.
  public let rank: Int
  /// All processes.
  public let size: Int
  /// This process among those of its machine.
  public let localRank: Int
  private let handle: CDGroup
  /// The first failure of an exchange.
  public private(set) var failure: DistributedError?
  /// How long this process has spent in exchanges, copies and waiting for others included.
  public private(set) var seconds = 0.0

  /// Whether this build can make groups at all.
  public static var isAvailable: Bool { cd_is_available() == 1 }

  /// Whether NCCL exchanges tensors on CUDA devices; false as long as no CUDA device was asked for.
  public static var hasNCCL: Bool { cd_has_nccl() == 1 }

  /// Meets the other processes.
  ///
  /// - Parameter name: of this group, where a process makes several of one launch.
  /// - Throws: `DistributedError` of kind `unavailable` or `rendezvous`.
  public init(_ launch: Launch, name: String = "basin") throws(DistributedError) {
    guard Self.isAvailable else { throw .withoutGloo(processes: launch.size) }
    let prefix: String
    let hostsStore: Bool
    switch launch.store {
    case .firstProcess: (prefix, hostsStore) = (name, launch.rank == 0)
    case .agent(let attempt): (prefix, hostsStore) = ("\(name)/\(attempt)", false)
    }
    guard
      let handle = cd_group(
        launch.address, Int32(launch.port), hostsStore, prefix, Int32(launch.rank),
        Int32(launch.size), launch.isLocal, launch.timeout)
    else {
      throw DistributedError(
        .rendezvous,
        expected: "\(launch.size) processes at \(launch.address):\(launch.port) within "
          + "\(launch.timeout) s",
        found: lastMessage(),
        remedy: "Look whether all of them were started and reach that host "
          + "(GLOO_SOCKET_IFNAME names the network interface).")
    }
    self.handle = handle
    rank = launch.rank
    size = launch.size
    localRank = launch.localRank
  }

  /// The group that the environment describes; nil for a process on its own.
  ///
  /// - Throws: `Failure` or `DistributedError`.
  public static func launched(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> ProcessGroup? {
    try Launch(environment: environment).map { try ProcessGroup($0) }
  }

  deinit { cd_release(handle) }

  /// Whether this process speaks for all: it writes files and prints results.
  public var isFirst: Bool { rank == 0 }

  // MARK: - Exchanges of tensors

  /// The sum of each tensor over all processes, the same bits everywhere.
  ///
  /// - Precondition: the same shapes and element types on every process.
  /// - Throws: `DistributedError` of kind `lost`.
  public func sum(_ tensors: [Tensor]) throws(DistributedError) -> [Tensor] {
    if tensors.isEmpty { return [] }
    return try exchanging(tensors) { cd_all_reduce(handle, $0) }
  }

  /// The mean of each tensor over all processes.
  ///
  /// - Throws: `DistributedError`, the first failure of the group.
  public func mean(_ tensors: [Tensor]) throws(DistributedError) -> [Tensor] {
    try sum(tensors).map { sum in withoutGradients { sum / Double(size) } }
  }

  /// Replaces the elements of tensors by those of one process.
  ///
  /// - Throws: `DistributedError`, the first failure of the group.
  public func broadcast(_ tensors: [Tensor], from root: Int = 0) throws(DistributedError) {
    if tensors.isEmpty { return }
    let received = try exchanging(tensors) { cd_broadcast(handle, $0, Int32(root)) }
    for (tensor, value) in zip(tensors, received) { tensor.assign(value) }
  }

  /// Returns when every process has called it.
  ///
  /// - Throws: `DistributedError`, the first failure of the group.
  public func barrier() throws(DistributedError) {
    _ = try sum([Tensor.zeros([1])])
  }

  private func exchanging(
    _ tensors: [Tensor], _ exchange: (CTTensor) -> Int32
  ) throws(DistributedError) -> [Tensor] {
    if let failure { throw failure }
    let start = ProcessInfo.processInfo.systemUptime
    defer { seconds += ProcessInfo.processInfo.systemUptime - start }
    let flat = withoutGradients { FlatBuckets(tensors, staysOnDevice: Self.hasNCCL) }
    for bucket in flat.buckets where exchange(bucket.handle) == 0 {
      let failure = DistributedError.lost(lastMessage())
      self.failure = failure
      throw failure
    }
    return withoutGradients { flat.tensors(from: flat.buckets) }
  }

  // MARK: - Exchanges of small things

  /// What every process gives, by rank: for names and digests, not for bulk.
  ///
  /// - Throws: `DistributedError`, the first failure of the group.
  public func gather(_ bytes: [UInt8]) throws(DistributedError) -> [[UInt8]] {
    var lengths = [Int64](repeating: 0, count: size)
    lengths[rank] = Int64(bytes.count)
    let all = try sum([Tensor(lengths)])[0].integers
    let width = all.max()!
    guard width > 0 else { return all.map { _ in [] } }
    // Every process adds 0 to the rows of the others.
    var table = [UInt8](repeating: 0, count: size * width)
    table.replaceSubrange(rank * width..<rank * width + bytes.count, with: bytes)
    let sum = try sum([Tensor(table)])[0].bytes
    return all.indices.map { Array(sum[$0 * width..<$0 * width + all[$0]]) }
  }

  /// The text that every process gives, by rank.
  ///
  /// - Throws: `DistributedError`, the first failure of the group.
  public func gather(_ text: String) throws(DistributedError) -> [String] {
    try gather(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// - Throws: `DistributedError` of kind `disagreement` on every process unless all give the same
  ///   text; it names what the text is of.
  public func requireAgreement(on text: String, of subject: String) throws(DistributedError) {
    let all = try gather(text)
    guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
    throw DistributedError(
      .disagreement, expected: "the same \(subject) on every process",
      found: "\(all[0]) on process 0 and \(all[other]) on process \(other)",
      remedy: "Give every process the same command, build, files and kind of machine.")
  }
}

/// The first sentence of the last failure's message, without the place in Gloo's source before it.
private func lastMessage() -> String {
  var text = Substring(String(cString: ct_error())).prefix { $0 != "\n" }
  if text.hasPrefix("[/"), let place = text.range(of: "] ") { text = text[place.upperBound...] }
  return String(text.range(of: ". ").map { text[..<$0.lowerBound] } ?? text)
}
