import Datasets
import Failures
import Robustness
import Runs
import StableDynamics
import Tensors

/// The part of a data set that figures are computed on.
package enum DataSplit: String, Codable, Sendable, CaseIterable {
  /// For figures to report; no choice may depend on them.
  case test
  /// Held out of training, for choices.
  case validation
}

extension Run {
  /// The samples of a part of the data that the model was trained on.
  ///
  /// - Throws: `Failure` if the data are missing or malformed, or nothing was held out for validation.
  package func samples(
    _ split: DataSplit = .test, in locations: DataLocations = DataLocations()
  ) throws -> LabelledSamples {
    let dataset = try configuration.data.load(locations)
    switch split {
    case .test: return dataset.test
    case .validation:
      guard let validation = dataset.validation else {
        throw Failure(
          .missing, at: path, expected: "a validation part", found: "none (validationFraction 0)",
          remedy: "Use --split test, or train with --set data.validationFraction=0.1.")
      }
      return validation
    }
  }

  /// Whether a part of the run's own data set was another when the run began, by its provenance.
  package func knowsOther(_ samples: LabelledSamples, of split: DataSplit) -> Bool {
    guard let folder, let stored = try? Run.configuration(of: folder),
      stored.data == configuration.data,
      let known = (try? Provenance(contentsOf: folder.provenance))?.data[split.rawValue]
    else { return false }
    return known != samples.sha256()
  }
}
