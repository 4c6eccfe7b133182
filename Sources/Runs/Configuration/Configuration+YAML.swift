import Methods
import Settings

extension Configuration {
  /// The configuration as a file to read and to edit: complete, with what each setting means.
  public var yaml: String {
    get throws {
      let method = try Self.method(named: method)
      return """
        # \(method.summary)
        # \(method.reference)
        \(try tree.yaml(notes: Self.notes + method.notes(below: "model")))
        """
    }
  }
}
