import Methods
import Runs
import StableDynamics
import Tensors
import Testing

@Suite("What a failed solution advises")
struct SolverAdviceTests {
  private func flow<M: Methods.Method>(_ method: M.Type) throws -> Flow? {
    let input = ModelInput(shape: [1, 8, 8], classCount: 10)
    let model = try M.build(
      M.defaults(for: input), input: input, generator: RandomGenerator(seed: 1), dtype: .float32,
      device: .cpu)
    return (model.trained() as? any FlowClassifier)?.flow
  }

  @Test("names settings that the method has", arguments: MethodCatalog.all.map { $0.name })
  func settings(_ name: String) throws {
    let defaults = try Configuration.defaults(method: name, data: "digits").yaml
    let method = try #require(MethodCatalog.method(named: name))
    guard let flow = try flow(method) else {
      #expect(!defaults.contains("stepsPerInterval"), "a flow without advice")
      return
    }
    for tolerance in ["tolerance", "trainingTolerance"] {
      let settings = flow.advice(tolerance: tolerance).values.flatMap { text in
        text.split(separator: "--set ").dropFirst().map { $0.prefix { $0 != ")" } }
      }
      #expect(settings.count == 6)
      for setting in settings {
        let assignment = setting.contains("=") ? String(setting) : "\(setting)=1"
        #expect(throws: Never.self, "\(assignment)") {
          _ = try Configuration.resolved(
            ConfigurationOverride.setting("method=\(name)")
              + ConfigurationOverride.setting(assignment))
        }
      }
    }
  }

  @Test(
    "Every method of the library's catalogue is a solver of the tool",
    arguments: [
      "euler", "midpoint", "heun", "ssprk3", "rk4", "rk4-38", "ssprk3-2", "ssprk4-2", "ssprk4-3",
      "ssprk5-4", "ssprk10-4", "adaptive-heun", "bosh3", "dopri5", "dopri8", "rodas4",
    ])
  func solvers(_ name: String) throws {
    let configuration = try Configuration.resolved(
      ConfigurationOverride.setting("method=neural-ode")
        + ConfigurationOverride.setting("model.backbone.flow.solver=\(name)"))
    let yaml = try configuration.yaml
    #expect(yaml.contains("solver: \(name)\n"))
    #expect(Flow.Solver.allCases.count == 16)
  }
}
