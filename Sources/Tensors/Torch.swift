import CTorch

/// The tensor library beneath: its version and its threads.
public enum Torch {
  /// That of the libtorch that the program was built with, such as "2.9.1".
  public static var version: String { String(cString: ct_version()) }

  /// Threads that one operation may use. The same seed and thread count give the same bits on
  /// one kind of processor; where they are equal for other counts, nobody promises it.
  public static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(newValue)) }
  }

  /// What a processor multiplies numbers of 16 bits with.
  public enum BFloat16Units: Sendable {
    /// Nothing: libtorch does it by other instructions, more slowly than float32.
    case none
    /// Vectors, such as AVX512_BF16.
    case vectors
    /// Matrices, such as AMX.
    case matrices
  }

  /// What the processor at hand multiplies bfloat16 with.
  public static var bfloat16Units: BFloat16Units {
    switch UInt32(ct_bfloat16_units()) {
    case CT_BFLOAT16_MATRICES.rawValue: .matrices
    case CT_BFLOAT16_VECTORS.rawValue: .vectors
    default: .none
    }
  }

  /// Keeps freed memory in the process for the next training step, where the C library can. For
  /// programs that train; a library should leave the choice to its user.
  public static func keepMemory() { ct_keep_memory() }

  /// Returns memory that was freed and kept so far to the system, where the C library can.
  public static func releaseMemory() { ct_release_memory() }

  /// Bytes that the system can still give this process, swap left out: what is free or can be made free,
  /// within the limits of its control groups (Linux). nil where the system does not tell.
  public static var availableMemory: Int? { availableMemory(root: "", countingSwap: false) }

  /// - Parameter root: what stands before `/proc` and `/sys`.
  package static func availableMemory(root: String, countingSwap: Bool) -> Int? {
    let bytes = ct_available_memory(root, countingSwap)
    return bytes < 0 ? nil : Int(bytes)
  }
}

func lastTorchError() -> String {
  // The first line says what is wrong; what follows is libtorch's own context.
  String(String(cString: ct_error()).prefix { $0 != "\n" })
}

/// Traps with the operation and libtorch's message: a failing tensor operation is a programming
/// mistake, such as shapes that do not fit. A lack of memory is none; see `Torch.endOnMemoryShortage`.
@inline(__always)
func torchCheck(_ status: Int32, _ operation: @autoclosure () -> String) {
  if status == 0 { failed(operation()) }
}

/// Ends an operation that libtorch has refused.
func failed(_ operation: String) -> Never {
  if ct_error_is_of_memory() {
    MemoryShortage.end(MemoryShortage(operation: operation, reason: lastTorchError()))
  }
  fatalError("\(operation): \(lastTorchError())")
}
