import DifferentialEquations
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@testable import Methods
@testable import StableDynamics

@Suite("Fields with weights that depend on time")
struct TimeVaryingFieldTests {
  private func dependence(_ basis: TimeDependence.Basis, terms: Int = 5) -> TimeDependence {
    var dependence = TimeDependence()
    (dependence.time, dependence.terms) = (basis, terms)
    return dependence
  }

  @Test("Bases are what they say")
  func bases() {
    let times = Tensor([0.0, 0.25, 0.5, 1, 1.5, -1])
    let hats = dependence(.piecewise, terms: 3).values(times)
    #expect(
      largestDifference(
        hats,
        Tensor(
          [1.0, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0], shape: [6, 3])) < 1e-15)
    let x = [-1, -0.5, 0, 1, 2, -3]
    let legendre = dependence(.polynomial, terms: 4).values(times)
    let expected = x.flatMap { (x: Double) -> [Double] in
      let (square, cube) = (x * x, x * x * x)
      return [1, x, 1.5 * square - 0.5, 2.5 * cube - 1.5 * x]
    }
    #expect(largestDifference(legendre, Tensor(expected, shape: [6, 4])) < 1e-15)
    let waves = dependence(.fourier, terms: 4).values(Tensor([0.125]))
    let half = 0.5.squareRoot()
    #expect(largestDifference(waves, Tensor([1, half, half, 0], shape: [1, 4])) < 1e-15)
    for basis in TimeDependence.Basis.allCases where basis != .none {
      #expect(dependence(basis, terms: 1).values(times).doubles == [Double](repeating: 1, count: 6))
    }
  }

  /// dh/dt = p(t) with p in the span of the basis: only b_2(t) is not 0.
  @Test("What depends on time alone is integrated exactly, each sample at steps of its own")
  func quadrature() throws {
    let field = TimeVaryingField(
      dimension: 2, hidden: 3, activation: .tanh, dependence: dependence(.polynomial, terms: 3),
      horizon: 2, generator: RandomGenerator(seed: 1), dtype: .float64)
    let weight = field.second.layer.weight
    // Columns of β_k ⊗ (x, 1); b_2 = 1 + P_1 in the first dimension, P_2 in the second.
    var numbers = [Double](repeating: 0, count: weight.count)
    (numbers[3], numbers[7], numbers[12 + 11]) = (1, 1, 1)
    weight.assign(Tensor(numbers, shape: weight.shape))
    let initial = Tensor([5.0, -1, 0, 2, 3, 0], shape: [2, 3])
    for norm in [ErrorNorm.perSample, .perBatch] {
      let end = try solve(
        { field($0) }, from: initial, at: [0, 1, 2], steps: .adaptive(1e-6, norm: norm))
      // With s = t/2: 1 + P_1 = t, and P_2 has the integral t (t - 1)(t - 2) / 2.
      let expected = Tensor([5.5, -1, 1, 2.5, 3, 1], shape: [2, 3])
      #expect(largestDifference(end.states[1], expected) < 1e-9)
      #expect(
        largestDifference(end.finalState, Tensor([7.0, -1, 2, 4, 3, 2], shape: [2, 3])) < 1e-9)
    }
  }

  @Test("With one function of time it is the autonomous field")
  func constant() {
    let field = TimeVaryingField(
      dimension: 4, hidden: 6, activation: .tanh, dependence: dependence(.fourier, terms: 1),
      horizon: 1, generator: RandomGenerator(seed: 2), dtype: .float64)
    let states = RandomGenerator(seed: 3).normal([5, 5], dtype: .float64)
    func layer(_ weight: Tensor, _ inputs: Int) -> Linear {
      Linear(
        weight: weight.sliced(0..<inputs, along: 1),
        bias: weight.sliced(inputs..<inputs + 1, along: 1).squeezed(1))
    }
    let h = states.sliced(0..<4, along: 1)
    let expected = layer(field.second.layer.weight, 6)(layer(field.first.layer.weight, 4)(h).tanh)
    #expect(largestDifference(field(states).sliced(0..<4, along: 1), expected) < 1e-14)
    #expect(field(states).sliced(4..<5, along: 1).doubles == [1, 1, 1, 1, 1])
  }

  @Test("The Neural ODE takes every basis, and time is no feature of its classifier")
  func model() throws {
    for basis in TimeDependence.Basis.allCases {
      var settings = NeuralODEMethod.defaults(for: pointsInput)
      settings.field = dependence(basis, terms: 3)
      let model = try NeuralODEMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 4), dtype: .float32,
        device: .cpu)
      #expect(model.state.tensors["head.weight"]!.shape == [3, 2])
      let terms = basis == .none ? nil : 3
      #expect(
        model.state.tensors["dynamics.0.weight"]!.shape == (terms.map { [64, $0 * 3] } ?? [64, 2]))
      let (points, labels) = batch(pointsInput)
      let objective = try model.objective(
        images: points, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: 0))
      let slopes = gradient(of: objective.total, wrt: model.parameters)
      #expect(slopes.allSatisfy { $0.norm.item > 0 })
      let outputs = try model.trained().outputs(points)
      let end = try #require(outputs["state"])
      if terms != nil { #expect(largestDifference(end.sliced(2..<3, along: 1), 1) < 1e-6) }
      let alone = try model.trained().logits(points.sliced(3..<4))
      #expect(largestDifference(alone, outputs["logits"]!.sliced(3..<4)) < 1e-4)
    }
  }
}
