/// A row of a table of the paper: a method, with what differs from its defaults.
package struct PaperRow: Hashable, Sendable {
  /// The name of its runs and in `--methods`.
  package let name: String
  /// As the paper calls it.
  package let label: String
  package let method: String
  /// Settings as on the command line, `KEY=VALUE`.
  package let settings: [String]
}

extension PaperRow {
  package init(_ name: String, _ label: String, method: String? = nil, _ settings: String...) {
    self.init(name: name, label: label, method: method ?? name, settings: settings)
  }

  static let resnet18 = PaperRow("resnet18", "ResNet18")
  static let neuralODE = PaperRow("neural-ode", "Neural ODE")
  static let projNODE = PaperRow("proj-node", "Proj-NODE")
  static let sodef = PaperRow("sodef", "SODEF")
  static let fxtsNet = PaperRow("fxts-net", "FxTS-Net")
  static let lyaNet = PaperRow("lyanet", "LyaNet")
  static let zubovNet = PaperRow("zubov-net", "Zubov-Net")
  /// Basin's own; the paper does not have it.
  static let zubovCell = PaperRow("zubov-cell", "Zubov-Cell (ours)")

  /// Those of Tables I and II.
  static let family = [
    resnet18, neuralODE, projNODE, sodef, fxtsNet, lyaNet, zubovNet, zubovCell,
  ]

  /// Table V: losses and classifiers left out or replaced.
  static let ablations = [
    PaperRow(
      "zubov-classification", "L_cla + L_FC", method: "zubov-net",
      "model.losses.consistency=0", "model.losses.separation=0"),
    PaperRow(
      "zubov-no-consistency", "w/o L_con", method: "zubov-net", "model.losses.consistency=0"),
    PaperRow("zubov-no-separation", "w/o L_sep", method: "zubov-net", "model.losses.separation=0"),
    PaperRow(
      "zubov-no-separation-inequality", "w/o L_sep (Ineq)", method: "zubov-net",
      "model.losses.separation=0", "model.losses.relation=inequality"),
    zubovNet,
    PaperRow("zubov-icnn", "ICNN", method: "zubov-net", "model.lyapunov.architecture=icnn"),
    PaperRow("zubov-picnn", "PICNN", method: "zubov-net", "model.lyapunov.architecture=picnn"),
  ]

  /// Table III: adversarial training around the plain classifier and around Zubov-Net.
  static let adversarial = [
    PaperRow("pgd-at", "PGD-AT", method: "resnet18", "training.adversarial.objective=pgd-at"),
    PaperRow("mart", "MART", method: "resnet18", "training.adversarial.objective=mart"),
    PaperRow("trades", "TRADES", method: "resnet18", "training.adversarial.objective=trades"),
    PaperRow(
      "zubov-trades", "Zubov-Net (TRADES)", method: "zubov-net",
      "training.adversarial.objective=trades"),
  ]

  /// Table VI: the solver in training and in use, the horizon T and the intervals Γ.
  static let solvers = [
    solver("zubov-dopri5-0.001", "Dopri5 (rho=0.001)", "solver=dopri5", "trainingTolerance=0.001"),
    solver("zubov-dopri5-0.1", "Dopri5 (rho=0.1)", "solver=dopri5", "tolerance=0.1"),
    solver("zubov-rk4", "RK4 (stepsize=0.1)", "solver=rk4"),
    solver("zubov-euler", "Euler (stepsize=0.1)", "solver=euler"),
    PaperRow("zubov-net", "Ours (T=1, Γ=10)"),
    solver("zubov-T2", "T=2, Γ=15", "horizon=2", "intervals=15"),
    solver("zubov-T5", "T=5, Γ=30", "horizon=5", "intervals=30"),
    solver("zubov-T7", "T=7, Γ=40", "horizon=7", "intervals=40"),
    solver("zubov-T10", "T=10, Γ=60", "horizon=10", "intervals=60"),
  ]

  private static func solver(_ name: String, _ label: String, _ settings: String...) -> PaperRow {
    PaperRow(
      name: name, label: label, method: "zubov-net",
      settings: settings.map { "model.backbone.flow.\($0)" })
  }
}
