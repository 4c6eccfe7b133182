extension PublishedTable {
  /// Table III.
  static let strongAttacks = PublishedTable(
    [
      "Orig", "VNI", "Square", "AA",
    ],
    """
    cifar10; Proj-NODE; 90.03, 19.70, 16.89, 3.31
    cifar10; LyaNet; 88.34, 22.87, 16.15, 4.32
    cifar10; Zubov-Net; 91.29, 23.11, 24.91, 6.84
    cifar10; PGD-AT; 87.89, 57.11, 37.21, 12.25
    cifar10; MART; 87.42, 55.17, 42.30, 24.64
    cifar10; TRADES; 87.90, 56.04, 45.33, 25.13
    cifar10; Zubov-Net (TRADES); 88.81, 58.43, 47.24, 25.81
    """)
}
