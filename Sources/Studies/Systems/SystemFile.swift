import Evaluations
import Foundation
import NeuralNetworks
import Runs
import Tensors
import Verification
import Yams

/// A dynamical system as a user writes it down in YAML:
///
/// ```yaml
/// name: damped pendulum          # optional
/// states: [x, y]
/// parameters:                    # optional; numbers or formulas of those above
///   damping: 0.5
/// equations:                     # or network: FILE.safetensors
///   x: y
///   y: -sin(x) - damping*y
/// equilibrium: [0, 0]
/// box:
///   x: [-4, 4]
///   y: [-4, 4]
/// ```
public struct SystemFile: Sendable {
  /// What the system is called; the file's name where nothing else is said.
  public let name: String
  /// The names of the coordinates.
  public let states: [String]
  /// The right-hand sides as they were written, in the order of the states; empty for a network.
  public let equations: [String]
  /// The system itself: its field as formulas or a network, its equilibrium and its box.
  public let system: DynamicalSystem

  /// Reads a file and checks that a region of attraction can be looked for.
  ///
  /// - Throws: `SystemFileError`; `Failure` if a network's file cannot be read.
  public init(contentsOf url: URL) throws {
    let path = url.relativePath
    let text: ConfigurationText
    do {
      text = try ConfigurationText(contentsOf: url)
    } catch {
      throw SystemFileError(error, path: path)
    }
    try self.init(
      text, path: path, folder: url.deletingLastPathComponent(),
      defaultName: url.deletingPathExtension().lastPathComponent)
  }

  private init(
    _ text: ConfigurationText, path: String, folder: URL, defaultName: String
  ) throws {
    let file = SystemEntry(text.root, path: path)
    try file.requireKeys(
      ["name", "states", "parameters", "equations", "network", "equilibrium", "box"])
    name = try file["name"]?.string() ?? defaultName
    let statesEntry = try file.required("states", "a list of names, such as [x, y]")
    states = try statesEntry.names()
    guard states.count <= DynamicalSystem.mostStates else {
      throw statesEntry.failure(
        "at most \(DynamicalSystem.mostStates) states", found: "\(states.count)")
    }
    let parameters = try file["parameters"]?.parameters(besides: states) ?? [:]
    let equilibriumEntry = try file.required(
      "equilibrium", "a list of \(states.count) numbers, one for each state")
    let equilibrium = try equilibriumEntry.numbers(of: states, parameters)
    let boxEntry = try file.required("box", "an interval [low, high] for each state")
    let box = try boxEntry.intervals(of: states, parameters)
    switch (file["equations"], file["network"]) {
    case (let entry?, nil):
      let formulas = try entry.formulas(of: states)
      equations = formulas.map(\.formula.source)
      do {
        system = try DynamicalSystem(
          states: states, parameters: parameters, equations: formulas.map(\.formula),
          equilibrium: equilibrium, box: box)
      } catch let error as EquationError {
        let index = states.firstIndex(of: error.state)!
        throw formulas[index].entry.failure(error.error)
      } catch let error as DynamicalSystemError {
        if case .unbounded(let part?, _, _) = error,
          let guilty = formulas.first(where: { part.hasSuffix($0.formula.place) })
        {
          throw guilty.entry.failure(error)
        }
        throw file.failure(error, equilibriumEntry, boxEntry)
      }
    case (nil, let entry?):
      equations = []
      let weights = folder.appendingPathComponent(try entry.string()).relativePath
      let network = try NetworkField(contentsOf: weights, states: states.count)
      system = DynamicalSystem(
        field: network.term, equilibrium: equilibrium, box: box)
      do {
        try system.validate(states: states)
      } catch {
        throw file.failure(error, equilibriumEntry, boxEntry)
      }
    case (nil, nil):
      throw SystemFileError(
        path, "expected equations, or a network, for the rates of the states, found neither")
    case (_?, let network?):
      throw network.failure("either equations or a network", found: "both")
    }
  }
}
