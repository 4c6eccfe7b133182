import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

extension FlowClassifier {
  public var surrogateScores: [ScoreFunction] { dynamicsSurrogates }

  /// The model with something else in place of its flow or of the flow's derivative, for an attacker
  /// to follow; what they lead to is verified on the model itself. Cheaper ones first:
  ///
  /// - `at h(0)`: the head on the initial state, without the flow.
  /// - `euler x 1`, `rk4 x 5`, `rk4 x 20`, `dopri5 at 1e-06`: another solver from 0 to T (solver swap;
  ///   Huang et al., "Adversarial robustness of stabilized neural ODEs might be from obfuscated
  ///   gradients", 2021). Fixed steps make a smooth map of images, which steps chosen by their error
  ///   do not. Where `dopri5` takes more than 200 steps, as where a field jumps, `rk4 x 20` takes
  ///   its place: a stand-in need not be exact, and should not be dear.
  /// - `identity`: h(T) of the model's solver, with dh(T)/dh(0) = 1 for its derivative (backward pass
  ///   differentiable approximation; Athalye et al. 2018).
  /// - `mean over solvers`: the mean of the scores by `rk4 x 5`, `rk4 x 20` and the model's own
  ///   solver (expectation over transformations). A mean of log-softmaxes would differ from it by a
  ///   shift of each sample's scores, which no loss here sees.
  ///
  /// The first and `identity` need an h(0) made from the image.
  ///
  /// There is none that integrates again on the steps that the solver accepted: the derivative of the
  /// model is that already, since accepted steps are constants of the graph (`GradientMode.direct`)
  /// and rejected ones no part of it.
  public var dynamicsSurrogates: [ScoreFunction] {
    let swapped = [SolverVariant.euler(1), .rk4(5), .rk4(20)].map { variant in
      surrogate(variant.name) { try flow.finalState(of: $0, by: variant) }
    }
    let fine = SolverVariant.dopri5(1e-6, maximumSteps: 200)
    let finelySolved = surrogate(fine.name) { problem in
      do {
        return try flow.finalState(of: problem, by: fine)
      } catch is IntegrationFailure {
        return try flow.finalState(of: problem, by: .rk4(20))
      }
    }
    return (startsAtFeatures ? flowlessSurrogates : []) + swapped
      + [finelySolved, meanOverSolvers]
  }

  /// `at h(0)` and `identity` alone: all that there is to put in place of a flow that no solver
  /// computes.
  var flowlessSurrogates: [ScoreFunction] {
    [
      surrogate("at h(0)") { $0.initialState },
      surrogate("identity") { problem in
        let end = try withoutGradients { try solution(of: problem).finalState }
        return problem.initialState + (end - problem.initialState.detached)
      },
    ]
  }

  private func surrogate(
    _ name: String, finalState: @escaping (InitialValueProblem) throws -> Tensor
  ) -> ScoreFunction {
    ScoreFunction(name: name) { scores(of: try finalState(problem(of: $0))) }
  }

  private var meanOverSolvers: ScoreFunction {
    ScoreFunction(name: "mean over solvers") { images in
      let problem = problem(of: images)
      let own = scores(of: try solution(of: problem).finalState)
      let others = try [SolverVariant.rk4(5), .rk4(20)].map {
        scores(of: try flow.finalState(of: problem, by: $0))
      }
      return others.reduce(own, +) / Double(others.count + 1)
    }
  }
}
