import NeuralNetworks

/// What one row of a result stands for: an attack, or several, each on the samples that survived
/// those before it.
public struct AttackPlan {
  /// One attack of a plan.
  public struct Stage {
    /// The attack; its name is that of the stage in results.
    public let attack: any Attack
    /// Which scores of the model it works on.
    public let scores: ScoreChoice

    /// A stage on the scores that the model decides by, unless others are chosen.
    public init(_ attack: any Attack, scores: ScoreChoice = .decisions) {
      self.attack = attack
      self.scores = scores
    }
  }

  /// The name in options and results.
  public let name: String
  /// Where it is published.
  public let reference: String
  /// The attacks in order, at least one.
  public let stages: [Stage]

  /// - Parameter stages: at least one.
  public init(_ name: String, reference: String, stages: [Stage]) {
    precondition(!stages.isEmpty, "\(name): a plan without stages")
    self.name = name
    self.reference = reference
    self.stages = stages
  }

  /// A single attack under its own name.
  public init(_ attack: any Attack, scores: ScoreChoice = .decisions) {
    self.init(
      attack.name, reference: attack.reference, stages: [Stage(attack, scores: scores)])
  }

  /// The norms in which some stage is defined. Stages that are not are left out.
  public var norms: Set<ThreatModel.Norm> {
    stages.reduce(into: []) { $0.formUnion($1.attack.norms) }
  }

  /// The stages that are defined in a norm and for samples of a shape; where none is for points,
  /// all of the norm, which then say so.
  func stages(in norm: ThreatModel.Norm, for sampleShape: [Int]) -> [Stage] {
    let defined = stages.filter { $0.attack.norms.contains(norm) }
    let usable = defined.filter { sampleShape.count == 3 || !$0.attack.needsImages }
    return usable.isEmpty ? defined : usable
  }
}

/// Which scores of a classifier a stage works on, one after the other.
public enum ScoreChoice {
  /// The logits.
  case logits
  /// Every score function that decides as the model does; only the logits in the paper's protocol.
  case decisions
  /// The last of those, which for Lyapunov classifiers is the one that does not saturate.
  case unsaturated
  /// The same at one scale for every sample, divided by a temperature: see
  /// `ScoreFunction.rescaled(temperature:)`.
  case rescaled(temperature: Double)
  /// Parts and simplifications of the model, solver variants among them.
  case surrogates
  /// The one of those with this name; none for classifiers that lack it.
  case surrogate(named: String)
  /// Scores of other models: the attack only transfers.
  case others([ScoreFunction])

  /// Whether they are other models' scores.
  var areOfOthers: Bool { if case .others = self { true } else { false } }

  /// The score functions, and whether each decides as the model does.
  func targets(
    of classifier: any Classifier, in evaluationProtocol: EvaluationProtocol
  ) -> [(scores: ScoreFunction, isDecisive: Bool)] {
    let logits = ScoreFunction(name: "logits", scores: classifier.logits)
    let decisions =
      switch evaluationProtocol {
      case .strict: classifier.scoreFunctions
      case .paper: [logits]
      }
    return switch self {
    case .logits: [(logits, true)]
    case .decisions: decisions.map { ($0, true) }
    case .unsaturated: decisions.suffix(1).map { ($0, true) }
    case .rescaled(let temperature):
      decisions.suffix(1).map { ($0.rescaled(temperature: temperature), true) }
    case .surrogates: classifier.surrogateScores.map { ($0, false) }
    case .surrogate(let name):
      classifier.surrogateScores.filter { $0.name == name }.map { ($0, false) }
    case .others(let functions): functions.map { ($0, false) }
    }
  }
}
