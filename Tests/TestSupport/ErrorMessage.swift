/// The message of the error that an operation throws, or "no error".
package func message(_ operation: () throws -> Void) -> String {
  do {
    try operation()
    return "no error"
  } catch {
    return "\(error)"
  }
}
