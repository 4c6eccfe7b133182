import Foundation

extension UnsafeMutableBufferPointer where Element == UInt8 {
  /// Asks the system to put large pages behind memory that is about to be filled: with small ones half
  /// of the time to read a data set goes into making them. A wish, without an error; Linux only.
  func requestLargePages() {
    #if os(Linux)
      let page = 1 << 21
      guard let baseAddress, count >= 2 * page else { return }
      let start = (Int(bitPattern: baseAddress) + page - 1) & -page
      let end = (Int(bitPattern: baseAddress) + count) & -page
      // MADV_HUGEPAGE
      _ = madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, 14)
    #endif
  }
}
