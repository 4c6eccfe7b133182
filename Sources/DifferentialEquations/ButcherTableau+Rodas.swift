extension ButcherTableau {
  /// Hairer and Wanner's RODAS ("Solving Ordinary Differential Equations II", IV.7 and IV.10): a
  /// Rosenbrock method of order 4(3) with six implicit stages for stiff fields. It is L-stable and
  /// stiffly accurate: what decays fast is gone after one step of any length. Order 3 inside a step,
  /// by a polynomial of the implicit stages alone, so that a stiff field does not amplify the error of
  /// an output.
  public static let rodas4: ButcherTableau = {
    // For the six implicit stages; stage 0 counts for none of them.
    let coefficients: [[Double]] = [
      [],
      [1.544],
      [0.9466785280815826, 0.2557011698983284],
      [3.314825187068521, 2.896124015972201, 0.9986419139977817],
      [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950],
      [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1],
    ]
    let couplings: [[Double]] = [
      [],
      [-5.6688],
      [-2.430093356833875, -0.2063599157091915],
      [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
      [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160],
      [
        8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136,
        -6.058818238834054,
      ],
    ]
    // The output at x is y + x h Σ (b_j + (1 - x) (p_j + q_j x)) k_j.
    let p = [
      10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823,
      1.025137723295662, 0,
    ]
    let q = [
      -0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386,
      -6.594389125716872, 0,
    ]
    let weights = coefficients[5] + [1]
    let inside = weights.indices.map { j in [weights[j] + p[j], q[j] - p[j], -q[j]] }
    return ButcherTableau(
      name: "rodas4", order: 4, nodes: [0, 0, 0.386, 0.21, 0.63, 1, 1, 1],
      coefficients: [[]] + coefficients.map { [0] + $0 } + [[0] + weights],
      weights: [0] + weights + [0], errorWeights: [0, 0, 0, 0, 0, 0, 1, 0],
      interpolant: Interpolant(order: 3, polynomials: [[]] + inside + [[]]),
      implicitStages: LinearlyImplicitStages(
        diagonal: 0.25, couplings: couplings.map { [0] + $0 },
        timeWeights: [0.25, -0.1043, 0.1035, -0.0362, 0, 0]))
  }()
}
