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
        \(try tree.yaml(notes: Self.notes + method.notes.prefixed("model")))
        """
    }
  }

  /// What the settings outside the method's own mean.
  public static let notes = own + CurvatureSettings.notes.prefixed("training.curvature")

  private static let own: SettingNotes = [
    "method": "one of `basin methods`",
    "scale": "small or paper: whose sizes the defaults of the model are",
    "seed": "of the initial weights, the order of samples and every draw",
    "device": "cpu, cuda, cuda:N or auto",
    "precision": "float32 or float64",
    "data.name": "one of `basin data list`",
    "data.seed": "of splits and generated points",
    "data.validationFraction": .init(
      "share of the training samples to choose the best epoch by", .shareBelowOne),
    "data.limit": .init(
      "learn from the first so many samples; 0: all", .integers(0...1_000_000_000)),
    "data.augmentation": "applied in order: crop, flip, autoaugment (paper: crop and flip)",
    "data.allowEmptyClasses": "whether a class of folder:PATH may be without images",
    "training.epochs": .init(
      "passes over the training samples (paper: 140)", .epochs),
    "training.batchSize": .init("samples a step (paper: 128)", .batchSize),
    "training.optimizer": "adam (the paper's), adamw (its decay decoupled) or sgd",
    "training.learningRate": .init("at the start (paper: 0.001)", .positive(upTo: 1e3)),
    "training.momentum": .init("of sgd", .shareBelowOne),
    "training.weightDecay": .init("paper: 0", .numbers(0...1e3)),
    "training.schedule":
      "of the rate: method (milestones for most), milestones, cosine or one-cycle",
    "training.milestones": .init(
      "where the rate falls, as shares of the run (paper: epoch 90 of 140)", .positiveShare),
    "training.factor": .init(
      "what the rate is multiplied with there (paper: 0.1)", .positive(upTo: 1e3)),
    "training.warmUp": .init(
      "share of each phase in which the rate rises from 0 to the schedule's", .shareBelowOne),
    "training.patience": .init(
      "ends after so many epochs without a better validation accuracy; 0: never", .count),
    "training.gradientClipping": .init(
      "greatest norm of all gradients together; 0: as the method says", .weight),
    "training.adversarial.objective": "none, pgd-at, trades or mart, around any method",
    "training.adversarial.epsilon": "budget of the inner attack in L-inf",
    "training.adversarial.stepSize": "length of its steps",
    "training.adversarial.steps": .init("of the inner attack", .integers(1...10_000)),
    "training.adversarial.start": "its start: automatic (the publication's), uniform or normal",
    "training.adversarial.beta": .init("weight of TRADES' divergence (publication: 6)", .weight),
    "training.adversarial.lambda": .init(
      "weight of MART's divergence (publication: 5 for ResNet-18)", .weight),
    "training.sparsity.penalty": "none, l1, l-half, l1-over-l2, l-half-over-l2 or hoyer-square",
    "training.sparsity.weight": .init("its factor; 0 switches all of this off", .weight),
    "training.sparsity.form": "proximal (a step behind the optimizer's) or term (of the loss)",
    "training.sparsity.grouping": "element, filter (what enters a unit) or neuron (what leaves it)",
    "training.sparsity.startEpoch": .init("epochs without the penalty at the start", .count),
    "training.sparsity.fineTuneEpochs": .init(
      "last epochs without it, in which zeros stay zeros", .count),
    "training.sparsity.fineTuneRate": .init(
      "the learning rate there, as a share of the first one", .positive(upTo: 1e3)),
    "training.sparsity.threshold": .init(
      "of term: what is so small beside its layer's largest becomes 0", .shareBelowOne),
    "training.accuracySamples": .init(
      "training samples measured after each epoch; 0: none", .integers(0...1_000_000_000)),
    "training.precision": "full, or mixed: features by products in bfloat16, all else float32",
    "training.threads": .init("of one operation; 0: libtorch's choice", .integers(0...1024)),
    "training.memory": .init(
      "GiB that the process may take; 0: nine tenths of what is free", .numbers(0...1e6)),
    "training.checkpointEvery": .init(
      "steps between checkpoints; 0: at the end of each epoch", .integers(0...1_000_000_000)),
    "training.checkpointSeconds": .init(
      "a checkpoint is also written when the last one is so old", .numbers(0...1e9)),
  ]
}
