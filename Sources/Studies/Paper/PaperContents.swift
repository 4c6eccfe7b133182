extension PaperTable {
  /// The tables of the paper, I to VI.
  package static let all: [PaperTable] = [
    .corruptions, .attacks, .strongAttacks, .costs, .ablations, .solvers,
  ]
}

extension PaperFigure {
  /// The figures of experiments in the paper, 3 to 5.
  package static let all: [PaperFigure] = [.features, .lossWeights, .trainingDynamics]
}
