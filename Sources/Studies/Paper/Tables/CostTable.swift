extension PaperTable {
  /// Table IV: parameters, time and memory.
  static let costs = PaperTable(
    number: 4, title: "What training and inference cost",
    rows: [.resnet18, .neuralODE, .lyaNet, .projNODE, .zubovNet, .zubovCell],
    columns: [
      PaperColumn("Params (M)", decimals: 3, isBetterWhenLarger: false) {
        $0.finding(of: Cost.self).map { Double($0.parameterCount) / 1e6 }
      },
      PaperColumn("Train Time/Epoch (s)", decimals: 2, isBetterWhenLarger: false) {
        $0.finding(of: Cost.self)?.trainingSeconds
      },
      PaperColumn("Train Memory (GB)", decimals: 4, isBetterWhenLarger: false) {
        $0.finding(of: Cost.self)?.trainingBytes.map { Double($0) / 1e9 }
      },
      PaperColumn("Inference Time/Epoch (s)", decimals: 3, isBetterWhenLarger: false) {
        $0.finding(of: Cost.self)?.inferenceSeconds
      },
    ],
    notes: [
      "Times are of this machine and of runs of this size; the paper's are of one RTX 4090. An epoch "
        + "of training is the steps alone, over the training images that the run learns from; an "
        + "epoch of inference is the test part, 128 images at a time.",
      "Memory is how far the process grew in a step of training with 128 images, on a CPU; it is "
        + "left out elsewhere.",
    ],
    published: .costs
  ) { _ in [CostMeasurement()] }
}
