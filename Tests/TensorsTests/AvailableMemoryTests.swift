import Foundation
import Testing

@testable import Tensors

@Suite("The memory that the system can still give") final class AvailableMemoryTests {
  private let root = FileManager.default.temporaryDirectory
    .appendingPathComponent("basin-memory-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: root) }

  private func write(_ files: [String: String]) throws {
    for (name, text) in files {
      let file = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
    }
  }

  /// Without swap and with it.
  private func expect(
    _ alone: Int?, _ together: Int?, _ location: SourceLocation = #_sourceLocation
  ) {
    let found = [false, true].map {
      Torch.availableMemory(root: root.path, countingSwap: $0)
    }
    #expect(found == [alone, together], sourceLocation: location)
  }

  /// 1000 KiB and 500 KiB of swap.
  private let system = [
    "proc/meminfo":
      "MemTotal: 2000 kB\nMemFree: 7 kB\nMemAvailable:    1000 kB\nSwapTotal: 900 kB\nSwapFree: 500 kB"
  ]

  @Test("A system without groups gives what it has, another says nothing") func alone() throws {
    expect(nil, nil)
    try write(system)
    expect(1000 << 10, 1500 << 10)
    try write(["proc/self/cgroup": "0::/user/job", "sys/fs/cgroup/user/job/memory.max": "max"])
    expect(1000 << 10, 1500 << 10)
  }

  @Test("The tightest of nested groups counts, files and swap as far as they serve")
  func nested() throws {
    try write(system)
    try write([
      "proc/self/cgroup": "0::/user/job",
      "sys/fs/cgroup/user/job/memory.max": "900000", "sys/fs/cgroup/user/job/memory.current": "1",
      "sys/fs/cgroup/user/memory.max": "500000", "sys/fs/cgroup/user/memory.current": "400000",
      "sys/fs/cgroup/user/memory.stat": "anon 5\ninactive_file 30000\nactive_file 20000\nfile 77",
      "sys/fs/cgroup/user/memory.swap.max": "90000",
      "sys/fs/cgroup/user/memory.swap.current": "20000",
    ])
    expect(150_000, 220_000)
    try write(["sys/fs/cgroup/user/memory.swap.max": "max"])
    expect(150_000, 150_000 + 500 << 10)
    // A limit lowered below what is used.
    try write(["sys/fs/cgroup/user/memory.max": "100000", "sys/fs/cgroup/user/memory.stat": ""])
    expect(0, 500 << 10)
  }

  @Test("A container that shows only its own part of the groups has the limit at their root")
  func container() throws {
    try write(system)
    try write([
      "proc/self/cgroup": "0::/../../elsewhere",
      "sys/fs/cgroup/memory.max": "70000", "sys/fs/cgroup/memory.current": "30000",
    ])
    expect(40_000, 40_000 + 500 << 10)
  }

  @Test("Groups of the first version, whose swap counts together with memory") func first() throws {
    try write(system)
    let folder = "sys/fs/cgroup/memory/job"
    try write([
      "proc/self/cgroup": "9:name=systemd:/\n4:memory,cpu:/job\n0::/",
      "\(folder)/memory.limit_in_bytes": "300000", "\(folder)/memory.usage_in_bytes": "100000",
      "\(folder)/memory.stat": "inactive_file 9\ntotal_inactive_file 1000\ntotal_active_file 2000",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "14564683776",
    ])
    expect(203_000, 203_000 + 500 << 10)
    try write([
      "\(folder)/memory.memsw.limit_in_bytes": "350000",
      "\(folder)/memory.memsw.usage_in_bytes": "140000",
    ])
    expect(203_000, 213_000)
    try write(["\(folder)/memory.limit_in_bytes": "9223372036854771712"])
    expect(1000 << 10, 213_000)
  }

  @Test("This system says something") func here() {
    #if os(Linux)
      #expect((Torch.availableMemory ?? 0) > 0)
    #endif
  }
}
