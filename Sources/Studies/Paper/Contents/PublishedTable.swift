/// Figures of a table as the paper prints them, by data set and label of the row.
///
/// Luo, Zou, Huang, "Learning Aligned Stability in Neural ODEs Reconciling Accuracy with
/// Robustness". They are shown beside ours and marked as the paper's.
package struct PublishedTable: Sendable {
  /// The titles of the columns.
  package let columns: [String]
  private let rows: [String: [String: [Double?]]]

  /// The data sets that it has.
  package var datasets: [String] { rows.keys.sorted() }
  /// The labels of its rows on a data set.
  package func labels(on data: String) -> [String] { (rows[data] ?? [:]).keys.sorted() }

  /// - Parameter text: lines of a data set, a label and a figure for each column, separated by
  ///   commas; `-` for one that the paper does not have.
  init(_ columns: [String], _ text: String) {
    self.columns = columns
    var rows: [String: [String: [Double?]]] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ";").map { $0.trimmingPrefix(" ") }
      let figures = parts[2].split(separator: ",").map { Double($0.trimmingPrefix(" ")) }
      precondition(figures.count == columns.count, "published: \(line)")
      rows[String(parts[0]), default: [:]][String(parts[1])] = figures
    }
    self.rows = rows
  }

  /// The figures of a row by the title of their column; nil where the paper has none on the data.
  package func figures(on data: String, row label: String) -> [String: Double]? {
    rows[data]?[label].map { figures in
      Dictionary(
        uniqueKeysWithValues: zip(columns, figures).compactMap { title, figure in
          figure.map { (title, $0) }
        })
    }
  }
}

extension PublishedTable {
  /// Table V. The row `Zubov-Net` is the paper's `Ours`.
  static let ablations = PublishedTable(
    [
      "Orig", "Gaussian", "Glass", "Shot", "Speckle", "Motion", "FGSM", "PGD", "BIM", "APGD",
      "Jitter", "Avg", "dW/dt",
    ],
    """
    cifar10; L_cla + L_FC; 90.87, 67.99, 72.42, 63.23, 78.69, 82.28, 52.53, 57.58, 71.74, 55.86, 42.94, 64.53, -
    cifar10; w/o L_con; 91.05, 69.78, 74.51, 65.28, 77.78, 82.68, 54.61, 58.31, 73.04, 56.54, 44.37, 65.69, -
    cifar10; w/o L_sep; 90.74, 69.52, 75.11, 64.96, 77.45, 82.61, 54.78, 58.36, 74.05, 56.45, 43.87, 65.72, -0.4
    cifar10; w/o L_sep (Ineq); 89.81, 69.46, 70.52, 64.03, 76.47, 80.30, 53.73, 57.63, 71.59, 56.31, 43.25, 64.33, -0.8
    cifar10; Zubov-Net; 91.29, 71.06, 76.43, 66.71, 78.80, 82.86, 56.83, 59.94, 75.01, 58.03, 44.87, 67.05, -
    cifar10; ICNN; 90.58, 68.15, 74.39, 64.73, 77.21, 81.10, 54.06, 57.71, 73.79, 56.74, 42.86, 65.07, -
    cifar10; PICNN; 91.14, 69.79, 75.31, 65.06, 77.42, 81.27, 55.46, 58.14, 74.17, 57.25, 43.16, 65.70, -
    """)
}

extension PublishedTable {
  /// Table II.
  static let attacks = PublishedTable(
    [
      "FGSM 8/255", "FGSM 16/255", "PGD 8/255", "PGD 16/255", "BIM 8/255", "BIM 16/255",
      "APGD 8/255", "APGD 16/255", "Jitter 8/255", "Jitter 16/255", "Avg",
    ],
    """
    svhn; ResNet18; 62.96, 57.23, 69.87, 69.56, 82.76, 67.26, 69.01, 68.56, 58.41, 50.48, 65.61
    svhn; Neural ODE; 63.86, 57.93, 70.48, 70.05, 82.84, 67.55, 69.38, 69.08, 59.17, 51.02, 66.14
    svhn; Proj-NODE; 65.04, 60.21, 72.17, 71.87, 82.88, 68.09, 71.47, 71.17, 59.57, 51.59, 67.40
    svhn; SODEF; 64.09, 59.25, 71.80, 71.47, 83.33, 69.74, 70.58, 70.17, 60.86, 53.11, 67.44
    svhn; FxTS-Net; 66.10, 61.35, 72.23, 72.07, 90.22, 82.48, 72.15, 71.64, 63.53, 58.09, 71.01
    svhn; LyaNet; 65.26, 60.84, 72.76, 72.23, 84.45, 70.39, 71.65, 71.14, 61.19, 53.48, 68.34
    svhn; Zubov-Net; 71.06, 69.49, 72.83, 72.58, 92.06, 89.36, 72.26, 71.75, 67.38, 63.95, 74.27
    cifar10; ResNet18; 39.66, 30.99, 52.48, 51.97, 61.35, 40.26, 50.43, 50.23, 18.30, 6.90, 40.26
    cifar10; Neural ODE; 40.95, 32.37, 52.79, 52.23, 62.55, 41.38, 50.01, 49.97, 18.32, 7.02, 40.76
    cifar10; Proj-NODE; 45.05, 38.12, 57.17, 56.77, 60.74, 41.02, 55.27, 54.14, 26.24, 16.81, 45.13
    cifar10; SODEF; 47.54, 40.88, 57.36, 57.15, 64.01, 43.87, 55.42, 55.18, 29.95, 20.02, 47.14
    cifar10; FxTS-Net; 49.79, 48.18, 56.36, 55.86, 71.65, 65.41, 54.20, 54.06, 31.81, 22.14, 50.95
    cifar10; LyaNet; 49.30, 48.08, 55.23, 55.16, 71.49, 66.37, 53.08, 52.37, 30.28, 20.55, 50.19
    cifar10; Zubov-Net; 56.83, 53.77, 59.94, 59.37, 75.01, 67.74, 58.03, 57.81, 44.87, 37.78, 57.12
    cifar100; ResNet18; 16.97, 13.93, 21.47, 21.40, 37.15, 22.78, 19.52, 19.27, 7.36, 3.89, 18.37
    cifar100; Neural ODE; 16.24, 13.58, 20.97, 20.62, 36.90, 22.86, 18.78, 18.36, 7.01, 3.71, 17.90
    cifar100; Proj-NODE; 18.86, 17.51, 20.76, 20.46, 41.71, 29.95, 18.92, 18.71, 8.82, 4.51, 20.02
    cifar100; SODEF; 17.57, 15.83, 21.33, 21.17, 40.38, 26.97, 19.47, 18.86, 7.78, 4.06, 19.34
    cifar100; FxTS-Net; 19.99, 18.63, 20.69, 20.25, 48.90, 35.94, 18.66, 18.26, 12.53, 9.67, 22.35
    cifar100; LyaNet; 18.30, 16.32, 21.27, 21.03, 46.09, 33.18, 19.26, 18.94, 12.85, 9.52, 21.68
    cifar100; Zubov-Net; 19.53, 17.29, 22.33, 22.14, 44.47, 31.83, 20.52, 20.22, 16.44, 13.02, 22.78
    tiny-imagenet; ResNet18; 8.96, 6.83, 12.41, 12.01, 26.05, 15.29, 9.55, 9.15, 2.54, 1.01, 10.38
    tiny-imagenet; Neural ODE; 9.36, 7.22, 11.87, 11.36, 26.08, 15.30, 9.96, 9.21, 2.67, 1.08, 10.41
    tiny-imagenet; Proj-NODE; 9.93, 8.21, 13.01, 12.51, 26.15, 15.54, 11.36, 10.84, 2.86, 1.12, 11.15
    tiny-imagenet; SODEF; 10.08, 8.38, 13.21, 12.64, 26.77, 15.66, 10.92, 10.15, 2.50, 1.04, 11.13
    tiny-imagenet; FxTS-Net; 11.79, 11.08, 13.13, 12.83, 33.08, 26.98, 11.10, 10.57, 4.76, 3.28, 13.86
    tiny-imagenet; LyaNet; 11.23, 10.94, 12.94, 12.52, 32.96, 25.88, 10.26, 9.75, 4.45, 2.85, 13.38
    tiny-imagenet; Zubov-Net; 12.13, 11.24, 13.52, 13.04, 30.36, 23.55, 11.97, 11.38, 7.22, 4.68, 13.91
    """)
}

extension PublishedTable {
  /// Table I.
  static let corruptions = PublishedTable(
    [
      "Original", "Gaussian", "Glass", "Shot", "Impulse", "Speckle", "Motion", "Brightness",
      "Contrast", "Avg",
    ],
    """
    svhn; ResNet18; 97.03, 84.37, 92.47, 80.66, 75.23, 91.80, 90.37, 69.18, 81.08, 83.14
    svhn; Neural ODE; 97.11, 84.55, 92.61, 80.41, 75.37, 91.93, 90.73, 69.30, 81.51, 83.30
    svhn; Proj-NODE; 97.09, 85.49, 92.71, 81.83, 80.95, 91.40, 91.00, 71.52, 85.87, 85.10
    svhn; SODEF; 97.17, 86.42, 92.84, 83.51, 82.13, 92.46, 91.07, 73.33, 86.27, 86.00
    svhn; FxTS-Net; 96.92, 86.39, 92.87, 82.28, 81.30, 92.21, 90.96, 71.62, 84.28, 85.24
    svhn; LyaNet; 96.76, 86.18, 92.74, 82.63, 80.37, 92.07, 90.60, 71.72, 83.88, 85.02
    svhn; Zubov-Net; 97.36, 86.90, 93.24, 83.95, 82.76, 92.50, 91.36, 72.68, 86.55, 86.24
    cifar10; ResNet18; 91.11, 68.28, 68.36, 62.84, 76.77, 75.41, 77.63, 82.08, 78.01, 73.67
    cifar10; Neural ODE; 91.45, 68.62, 71.12, 62.46, 77.15, 75.96, 78.82, 81.60, 79.32, 74.38
    cifar10; Proj-NODE; 90.03, 68.69, 71.51, 62.87, 80.34, 77.40, 80.18, 85.38, 83.29, 76.21
    cifar10; SODEF; 90.19, 69.20, 73.65, 63.88, 81.14, 77.85, 82.61, 86.14, 85.35, 77.48
    cifar10; FxTS-Net; 88.52, 68.78, 72.76, 64.02, 80.24, 77.74, 80.73, 85.19, 83.79, 76.66
    cifar10; LyaNet; 88.34, 67.35, 71.35, 63.38, 80.11, 76.51, 79.36, 85.07, 83.53, 75.83
    cifar10; Zubov-Net; 91.29, 71.06, 76.43, 66.71, 81.90, 78.80, 82.86, 86.00, 84.92, 78.59
    cifar100; ResNet18; 70.44, 23.45, 20.18, 18.05, 23.73, 33.59, 49.39, 37.62, 18.98, 28.12
    cifar100; Neural ODE; 70.81, 23.65, 21.26, 18.58, 23.92, 34.49, 49.21, 38.20, 19.61, 28.62
    cifar100; Proj-NODE; 69.55, 27.94, 24.37, 22.81, 28.94, 40.02, 51.43, 34.59, 19.92, 31.25
    cifar100; SODEF; 70.38, 28.75, 23.80, 22.38, 28.63, 38.66, 51.60, 39.80, 22.98, 32.08
    cifar100; FxTS-Net; 70.20, 26.49, 24.42, 21.50, 25.93, 37.48, 50.01, 40.23, 20.15, 30.78
    cifar100; LyaNet; 70.24, 25.60, 22.53, 20.01, 24.50, 36.22, 49.61, 39.76, 19.87, 29.76
    cifar100; Zubov-Net; 71.54, 32.11, 26.22, 24.98, 31.03, 42.38, 52.37, 39.85, 20.30, 33.66
    tiny-imagenet; ResNet18; 51.37, 38.18, 8.61, 36.01, 42.34, 40.93, 22.25, 26.43, 19.84, 29.32
    tiny-imagenet; Neural ODE; 52.15, 38.26, 9.74, 36.29, 42.74, 41.44, 22.84, 27.03, 20.43, 29.85
    tiny-imagenet; Proj-NODE; 51.94, 39.03, 8.96, 39.63, 46.29, 45.15, 26.13, 29.16, 24.53, 32.36
    tiny-imagenet; SODEF; 52.95, 40.11, 8.85, 40.20, 46.88, 45.28, 25.59, 29.68, 26.12, 32.84
    tiny-imagenet; FxTS-Net; 49.44, 36.78, 8.15, 38.41, 46.12, 44.22, 25.07, 28.20, 20.69, 30.96
    tiny-imagenet; LyaNet; 49.35, 37.38, 8.14, 37.93, 45.52, 44.09, 25.40, 28.48, 20.38, 30.92
    tiny-imagenet; Zubov-Net; 53.65, 40.38, 10.14, 39.78, 47.33, 45.71, 26.33, 29.33, 26.84, 33.23
    """)
}

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

extension PublishedTable {
  /// Table VI. The paper heads the columns of PGD and BIM the other way round; its row `Ours` is that
  /// of Table V, by which they are named here.
  static let solvers = PublishedTable(
    [
      "Orig", "Gaussian", "Glass", "Shot", "Speckle", "Motion", "FGSM", "PGD", "BIM", "APGD",
      "Jitter", "Avg",
    ],
    """
    cifar10; Dopri5 (rho=0.001); 91.31, 71.53, 76.09, 66.82, 78.84, 83.18, 58.12, 60.97, 75.25, 58.42, 44.92, 67.41
    cifar10; Dopri5 (rho=0.1); 91.13, 70.02, 76.57, 66.10, 78.64, 82.61, 55.67, 58.52, 74.90, 56.77, 43.62, 66.34
    cifar10; RK4 (stepsize=0.1); 91.08, 69.70, 76.22, 65.31, 78.26, 82.36, 52.52, 58.32, 74.02, 56.62, 43.40, 65.67
    cifar10; Euler (stepsize=0.1); 90.83, 69.11, 75.71, 64.62, 77.72, 81.89, 52.97, 57.89, 73.82, 56.21, 43.05, 65.30
    cifar10; Ours (T=1, Γ=10); 91.29, 71.06, 76.43, 66.71, 78.80, 82.86, 56.83, 59.94, 75.01, 58.03, 44.87, 67.05
    cifar10; T=2, Γ=15; 91.12, 71.06, 75.40, 66.83, 78.69, 82.35, 55.34, 58.99, 74.17, 56.75, 43.37, 66.30
    cifar10; T=5, Γ=30; 91.04, 69.25, 74.70, 65.97, 77.29, 81.38, 54.15, 57.16, 73.24, 56.25, 43.16, 65.26
    cifar10; T=7, Γ=40; 90.57, 72.20, 76.23, 67.35, 78.34, 82.04, 55.52, 59.16, 74.55, 57.10, 45.19, 66.77
    cifar10; T=10, Γ=60; 90.05, 72.49, 76.90, 68.48, 79.61, 82.95, 56.92, 60.20, 75.73, 58.11, 45.38, 67.68
    """)
}

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
