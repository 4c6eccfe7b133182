import StableDynamics

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
  static let notes: SettingNotes = [
    "method": "one of `basin methods`",
    "scale": "small or paper: whose sizes the defaults of the model are",
    "seed": "of the initial weights, the order of samples and every draw",
    "device": "cpu, cuda, cuda:N or auto",
    "precision": "float32 or float64",
    "data.name": "one of `basin data list`",
    "data.seed": "of splits and generated points",
    "data.validationFraction": "share of the training samples to choose the best epoch by",
    "data.limit": "learn from the first so many samples; 0: all",
    "data.augmentation": "applied in order: crop, flip, autoaugment (paper: crop and flip)",
    "data.allowEmptyClasses": "whether a class of folder:PATH may be without images",
    "training.epochs": "passes over the training samples (paper: 140)",
    "training.batchSize": "samples a step (paper: 128)",
    "training.optimizer": "adam (the paper's) or sgd",
    "training.learningRate": "at the start (paper: 0.001)",
    "training.momentum": "of sgd",
    "training.weightDecay": "paper: 0",
    "training.milestones": "where the rate falls, as shares of the run (paper: epoch 90 of 140)",
    "training.factor": "what the rate is multiplied with there (paper: 0.1)",
    "training.gradientClipping": "greatest norm of all gradients together; 0: as the method says",
    "training.adversarial.objective": "none, pgd-at, trades or mart, around any method",
    "training.adversarial.epsilon": "budget of the inner attack in L-inf",
    "training.adversarial.stepSize": "length of its steps",
    "training.adversarial.steps": "of the inner attack",
    "training.adversarial.start": "its start: automatic (the publication's), uniform or normal",
    "training.adversarial.beta": "weight of TRADES' divergence (publication: 6)",
    "training.adversarial.lambda": "weight of MART's divergence (publication: 5 for ResNet-18)",
    "training.sparsity.penalty": "none, l1, l-half, l1-over-l2, l-half-over-l2 or hoyer-square",
    "training.sparsity.weight": "its factor; 0 switches all of this off",
    "training.sparsity.form": "proximal (a step behind the optimizer's) or term (of the loss)",
    "training.sparsity.grouping": "element, filter (what enters a unit) or neuron (what leaves it)",
    "training.sparsity.startEpoch": "epochs without the penalty at the start",
    "training.sparsity.fineTuneEpochs": "last epochs without it, in which zeros stay zeros",
    "training.sparsity.fineTuneRate": "the learning rate there, as a share of the first one",
    "training.sparsity.threshold": "of term: what is so small beside its layer's largest becomes 0",
    "training.accuracySamples": "training samples measured after each epoch; 0: none",
    "training.threads": "of one operation; 0: libtorch's choice",
    "training.checkpointEvery": "steps between checkpoints; 0: at the end of each epoch",
    "training.checkpointSeconds": "a checkpoint is also written when the last one is so old",
  ]
}
