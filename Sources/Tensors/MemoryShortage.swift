import CTorch
import Synchronization

/// A tensor for which there is no memory: sizes that were asked for are beyond the machine.
public struct MemoryShortage: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation that needed it, with shapes.
  public let operation: String
  /// How much was needed and how much there was, as far as that is known.
  public let reason: String

  public var description: String {
    "no memory for \(operation): \(reason). Choose a smaller model, batch or problem."
  }

  private static let ending = Mutex<(@Sendable (MemoryShortage) -> Never)?>(nil)

  /// Ends the process, as the program wants it or else by a trap.
  static func end(_ shortage: MemoryShortage) -> Never {
    if let end = ending.withLock({ $0 }) { end(shortage) }
    fatalError("\(shortage)")
  }

  fileprivate static func end(by end: @escaping @Sendable (MemoryShortage) -> Never) {
    ending.withLock { $0 = end }
  }
}

extension Torch {
  /// Ends the process by `end` instead of a trap where memory does not suffice for a tensor, which
  /// operations that do not throw cannot report otherwise. On Linux a tensor larger than what the system
  /// has left is refused before it is touched, instead of the process being killed by the system later.
  /// For programs; a library leaves the choice to its user.
  public static func endOnMemoryShortage(
    by end: @escaping @Sendable (MemoryShortage) -> Never
  ) {
    MemoryShortage.end(by: end)
    ct_refuse_beyond_memory()
  }
}
