import Datasets
import DifferentialEquations
import Distributed
import Evaluations
import Failures
import Files
import Foundation
import Methods
import NeuralNetworks
import Reports
import Robustness
import Runs
import Settings
import SparseRecovery
import Studies
import Tensors
import TorchScript
import Training
import Verification

// The one place that knows the exit code of every typed error.

extension Failure: CommandFailure {
  var exitStatus: ExitStatus {
    switch kind {
    case .unknownName, .invalidOption: .usage
    case .malformed, .otherFormat, .wrongDigest, .unsuitable: .badData
    case .missing: .missingInput
    case .downloadFailed, .unreachable, .toolMissing, .inUse: .unavailable
    case .alreadyExists, .fileSystem: .inputOutput
    }
  }
}

extension ConfigurationError: CommandFailure {
  var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .invalidValue(key: "method", _, _, _): .usage
    case .malformed(let origin, _, _) where origin.hasPrefix("--"): .usage
    // What an option says; --set speaks for the configuration.
    case .invalidValue(_, let origin?, _, _)
    where origin.hasPrefix("--") && !origin.hasPrefix("--set"):
      .usage
    case .unknownKey, .invalidValue, .malformed, .changed: .configuration
    }
  }

  var message: String {
    guard case .changed(let run, let differences) = self else { return "\(self)" }
    let changes = differences.map { "\($0.key) is \($0.other), not \($0.value)" }
    return "\(run): a run resumes with its own configuration, in which "
      + "\(changes.joined(separator: "; ")). Leave these out, or start another run with --out."
  }
}

extension ExportError: CommandFailure { var exitStatus: ExitStatus { .usage } }

extension ModuleStateError: CommandFailure {
  var exitStatus: ExitStatus { .badData }

  /// The first problems only: a file of another model does not fit in any tensor.
  var message: String {
    let shown = problems.prefix(3).map { "\($0)" }.joined(separator: "; ")
    let others = problems.count > 3 ? "; and \(problems.count - 3) more" : ""
    return "\(source): the tensors do not fit the model: \(shown)\(others). "
      + "Use the configuration that the file was saved with, or another file."
  }
}

extension DeviceError: CommandFailure {
  var exitStatus: ExitStatus {
    switch self {
    case .unknownName: .usage
    case .cudaUnavailable, .noSuchDevice: .unavailable
    }
  }

  var message: String {
    guard case .unknownName(let name) = self else { return "\(self)" }
    return "device: expected one of cpu, cuda, cuda:N or auto, found '\(name)'"
  }
}

// What Foundation says of files where nothing of ours says more.

extension CocoaError: CommandFailure {
  var exitStatus: ExitStatus { .inputOutput }
  var message: String {
    "\(filePath ?? "a file"): expected a place that can be read and written, found \(systemReason)"
  }
}

extension POSIXError: CommandFailure {
  var exitStatus: ExitStatus { .inputOutput }
  var message: String { "the system refused: \(systemReason)" }
}

extension SettingsError: CommandFailure { var exitStatus: ExitStatus { .configuration } }
extension CoincidentCenters: CommandFailure { var exitStatus: ExitStatus { .badData } }
extension NonexpansiveLayerError: CommandFailure { var exitStatus: ExitStatus { .badData } }
extension MethodError: CommandFailure { var exitStatus: ExitStatus { .usage } }
extension VegaBundleError: CommandFailure { var exitStatus: ExitStatus { .unavailable } }
extension ChartRendererError: CommandFailure { var exitStatus: ExitStatus { .unavailable } }
extension ProblemError: CommandFailure { var exitStatus: ExitStatus { .configuration } }
// What settings lead to, and which of them help is in the message.
extension IntegrationFailure: CommandFailure { var exitStatus: ExitStatus { .configuration } }
extension TrainingFailure: CommandFailure { var exitStatus: ExitStatus { .configuration } }
extension PruningInterrupted: CommandFailure { var exitStatus: ExitStatus { .interrupted } }
extension TrainingInterrupted: CommandFailure { var exitStatus: ExitStatus { .interrupted } }
extension WorkInterrupted: CommandFailure { var exitStatus: ExitStatus { .interrupted } }
extension ProcessLost: CommandFailure { var exitStatus: ExitStatus { .unavailable } }

extension SystemFileError: CommandFailure {
  var exitStatus: ExitStatus { isMissing ? .missingInput : .badData }
}

extension CertificateError: CommandFailure { var exitStatus: ExitStatus { .badData } }
extension JournalError: CommandFailure { var exitStatus: ExitStatus { .badData } }
extension AttractionError: CommandFailure { var exitStatus: ExitStatus { .badData } }

extension DistributedError: CommandFailure {
  var exitStatus: ExitStatus {
    switch kind {
    case .unavailable, .rendezvous, .lost: .unavailable
    case .disagreement: .internalError
    case .unsupported: .usage
    }
  }
}
