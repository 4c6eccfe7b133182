import Evaluations
import Foundation
import Verification

extension ProofJournal {
  /// What `--checkpoint` names: the journal in the file if there is one, else one to begin with.
  static func opened(_ path: String?, subject: String) throws -> ProofJournal {
    guard let path, FileManager.default.fileExists(atPath: path) else {
      return ProofJournal(subject: subject)
    }
    return try ProofJournal(contentsOf: path, subject: subject)
  }

  /// How an interrupted search goes on, as the end of a sentence.
  static func advice(_ path: String?) -> String {
    path.map { ", and the same command goes on from \($0)" } ?? ""
  }
}
