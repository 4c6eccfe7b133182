import Distributed
import Foundation
import Tensors

/// Groups whose processes are threads of the test, which c10d does not mind.
enum Threads {
  /// What `body` comes to on each of so many processes, by rank.
  static func outcomes<Value>(
    _ size: Int, timeout: Double = 20, _ body: @escaping (ProcessGroup) throws -> Value
  ) throws -> [Result<Value, any Error>] {
    let port = try FreePort.onLoopback()
    let work = Work(body: body, count: size)
    let ended = DispatchGroup()
    for rank in 0..<size {
      let launch = try launch(rank, of: size, port: port, timeout: timeout)
      ended.enter()
      let thread = Thread {
        work.run(launch)
        ended.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    ended.wait()
    return work.outcomes
  }

  static func values<Value>(
    _ size: Int, _ body: @escaping (ProcessGroup) throws -> Value
  ) throws -> [Value] {
    try outcomes(size, body).map { try $0.get() }
  }

  static func launch(_ rank: Int, of size: Int, port: Int, timeout: Double) throws -> Launch {
    try Launch(environment: [
      "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1",
      "MASTER_PORT": "\(port)", "BASIN_TIMEOUT": "\(timeout)",
    ])!
  }

  private final class Work<Value>: @unchecked Sendable {
    let body: (ProcessGroup) throws -> Value
    private var results: [Result<Value, any Error>?]
    private let lock = NSLock()

    init(body: @escaping (ProcessGroup) throws -> Value, count: Int) {
      self.body = body
      results = [Result<Value, any Error>?](repeating: nil, count: count)
    }

    func run(_ launch: Launch) {
      let result = Result { try body(ProcessGroup(launch)) }
      lock.withLock { results[launch.rank] = result }
    }

    var outcomes: [Result<Value, any Error>] { results.map { $0! } }
  }
}

/// The exchange of a group, whose failures are none of these tests' subject.
final class GroupExchange: BatchExchange, @unchecked Sendable {
  let group: ProcessGroup
  private(set) var refusals: [String] = []

  init(_ group: ProcessGroup) { self.group = group }

  func sum(_ tensor: Tensor) -> Tensor {
    do { return try group.sum([tensor])[0] } catch { fatalError("\(error)") }
  }
  func refuse(_ reason: String) { refusals.append(reason) }

  func shard(of total: Int) -> BatchShard {
    BatchShard(rank: group.rank, of: group.size, total: total, exchange: self)
  }
}
