extension PublishedTable {
  /// Table IV.
  static let costs = PublishedTable(
    [
      "Params (M)", "Train Time/Epoch (s)", "Train Memory (GB)", "Inference Time/Epoch (s)",
    ],
    """
    cifar10; ResNet18; 11.2, 23.09, 0.2331, 0.688
    cifar10; Neural ODE; 11.4, 35.39, 0.2405, 1.196
    cifar10; LyaNet; 19.6, 41.61, 0.3867, 5.438
    cifar10; Proj-NODE; 11.6, 57.94, 0.2418, 4.160
    cifar10; Zubov-Net; 12.0, 48.74, 0.2458, 1.219
    """)
}
