import Methods
import NeuralNetworks
import Tensors

/// A model, whichever its method, that learns in another way than its own. It has the tensors and phases of
/// that model, so that the trainer and whoever opens the run see no difference.
protocol TrainingVariant: TrainableClassifier {
  var model: any TrainableClassifier { get }
}

extension TrainingVariant {
  package var state: ModuleState { model.state }
  package var phases: [TrainingPhase] { model.phases }
  package var hiddenUnits: [HiddenUnits] { model.hiddenUnits }
  package var constrainedParts: [String] { model.constrainedParts }
  package func restoreConstraints() { model.restoreConstraints() }
  package func trained() -> any TrainedClassifier { model.trained() }
}
