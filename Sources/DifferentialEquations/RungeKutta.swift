import Tensors

/// Takes single steps of a Runge-Kutta or Rosenbrock method.
struct RungeKutta {
  let tableau: ButcherTableau
  let field: CountedField

  /// What one step computed. Every tensor has the samples along its first axis.
  struct Step {
    let tableau: ButcherTableau
    let size: PerRow<Double>
    let start: Tensor
    /// k_0 (the derivative at the start), k_1, ..., and the interpolant's further ones once it is
    /// completed.
    let stages: [Tensor]
    let end: Tensor
  }

  /// One step of length `size` (negative backwards in time) from `state`, whose derivative is
  /// `derivative`.
  func step(
    from state: Tensor, derivative: Tensor, at time: PerRow<Double>, size: PerRow<Double>
  ) throws -> Step {
    if let step = try stagedStep(from: state, derivative: derivative, size: size) { return step }
    let linearization = try tableau.implicitStages.map {
      try Linearization(
        of: field, at: time, state, derivative: derivative, diagonal: $0.diagonal, size: size)
    }
    var stages = [derivative]
    var point = state
    for stage in 1..<max(tableau.stageCount, 1) {
      var slope = derivative
      if !tableau.startsAgain(at: stage) {
        point = state.advanced(along: stages, weights: tableau.coefficients[stage], by: size)
        slope = try field(instant(time, size, tableau.nodes[stage]), point)
      }
      if let linearization, let implicit = tableau.implicitStages, implicit.stages ~= stage {
        slope = linearization.solution(
          slope.adding(stages, weights: implicit.couplings[stage - 1]),
          timeWeight: implicit.timeWeights[stage - 1])
      }
      stages.append(slope)
    }
    return step(from: state, size: size, stages: stages, lastPoint: point)
  }

  /// The step as the field takes it by itself; nil where it takes one stage after the other.
  private func stagedStep(
    from state: Tensor, derivative: Tensor, size: PerRow<Double>
  ) throws -> Step? {
    guard let staged = stagedField else { return nil }
    let sizes =
      switch size {
      case .shared(let h): Array(repeating: h, count: state.shape[0])
      case .rows(let sizes): sizes
      }
    let (later, last) = try staged.stages(
      from: state, derivative: derivative, coefficients: Array(tableau.coefficients.dropFirst()),
      sizes: sizes)
    field.evaluations += later.count
    return step(from: state, size: size, stages: [derivative] + later, lastPoint: last)
  }

  private func step(
    from state: Tensor, size: PerRow<Double>, stages: [Tensor], lastPoint: Tensor
  ) -> Step {
    let end =
      tableau.isFirstSameAsLast
      ? lastPoint : state.advanced(along: stages, weights: tableau.weights, by: size)
    return Step(tableau: tableau, size: size, start: state, stages: stages, end: end)
  }

  /// A field that takes all stages together, where they follow from one another by it alone.
  private var stagedField: (any StagedField)? {
    guard case .staged(let staged) = field.field, tableau.isExplicit, tableau.stageCount > 1,
      !(1..<tableau.stageCount).contains(where: tableau.startsAgain)
    else { return nil }
    return staged
  }

  /// Whether rows of a step that nothing depends on have derivatives 0, though they may not be finite.
  var isolatesRows: Bool {
    stagedField != nil && tableau.interpolant?.furtherStages.isEmpty != false
  }

  /// A step with the further stages that outputs inside it need.
  func completed(_ step: Step, at time: PerRow<Double>) throws -> Step {
    guard let further = tableau.interpolant?.furtherStages, !further.isEmpty else { return step }
    var stages = step.stages
    for stage in further {
      let point = step.start.advanced(along: stages, weights: stage.coefficients, by: step.size)
      stages.append(try field(instant(time, step.size, stage.node), point))
    }
    return Step(
      tableau: tableau, size: step.size, start: step.start, stages: stages, end: step.end)
  }

  /// t + c h.
  private func instant(
    _ time: PerRow<Double>, _ size: PerRow<Double>, _ node: Double
  ) -> PerRow<Double> {
    switch (time, size) {
    case (.shared(let t), .shared(let h)): .shared(t + node * h)
    case (.rows(let times), .rows(let sizes)): .rows(zip(times, sizes).map { $0 + node * $1 })
    default: preconditionFailure("one time for the batch but a step size a row, or the reverse")
    }
  }
}

extension RungeKutta.Step {
  /// The derivative at the end, where the method has it.
  var endDerivative: Tensor? {
    tableau.isFirstSameAsLast ? stages[tableau.stageCount - 1] : nil
  }

  /// The estimated error over its tolerance: at most 1 is acceptable. A NaN where the end or its
  /// derivative is not finite.
  ///
  /// - Parameter rows: 1 for that of the whole batch, the number of samples for that of each.
  /// - Precondition: the method has an embedded one.
  func errorRatios(_ tolerance: Tolerance, rows: Int) -> [Double] {
    let weights = tableau.errorWeights!
    // The derivative at the end is watched though it may weigh nothing.
    let used = weights.indices.filter { weights[$0] != 0 || $0 == tableau.stageCount - 1 }
    let ratios = Tensor.scaledNorms(
      of: used.map { stages[$0] }, weights: used.map { weights[$0] }, from: start, to: end,
      absolute: tolerance.absolute, relative: tolerance.relative, rows: rows)
    switch size {
    case .shared(let h): return ratios.map { $0 * abs(h) }
    case .rows(let sizes): return zip(ratios, sizes).map { $0 * abs($1) }
    }
  }

  /// What is not finite about this step, in which rows, and after how many steps; nil if nothing is.
  ///
  /// - Parameter earlier: the number of steps before, all of them finite.
  func firstNonFinite(
    after earlier: Int
  ) -> (cause: IntegrationFailure.Cause, rows: [Int], steps: Int)? {
    let atStart: [(values: Tensor, cause: IntegrationFailure.Cause)] =
      earlier == 0 ? [(start, .nonFiniteState), (stages[0], .nonFiniteDerivative)] : []
    for (values, cause) in atStart {
      let rows = values.nonFiniteRows
      if !rows.isEmpty { return (cause, rows, 0) }
    }
    let rows = end.nonFiniteRows
    return rows.isEmpty ? nil : (.nonFiniteState, rows, earlier + 1)
  }

  /// The state of all rows at t + x h.
  ///
  /// - Precondition: the method has an interpolant, the step is completed and has one size.
  func state(at x: Double) -> Tensor {
    start.advanced(along: stages, weights: tableau.interpolant!.weights(at: x), by: size)
  }

  /// The state of some rows, repeated ones allowed, at t + x h with a position x for each.
  ///
  /// - Precondition: the method has an interpolant, the step is completed and has a size a row.
  func states(ofRows rows: [Int], at positions: [Double]) -> Tensor {
    guard case .rows(let sizes) = size else { preconditionFailure("a step of one size") }
    let weights = zip(rows, positions).flatMap { row, x in
      tableau.interpolant!.weights(at: x).map { sizes[row] * $0 }
    }
    return start.adding(stages, rowWeights: weights, ofRows: rows)
  }

  /// The same step of some rows only.
  func selecting(_ rows: [Int]) -> RungeKutta.Step {
    let indices = Tensor(rows.map(Int64.init), device: start.device)
    let sizes: PerRow<Double> =
      switch size {
      case .shared(let h): .shared(h)
      case .rows(let sizes): .rows(rows.map { sizes[$0] })
      }
    return RungeKutta.Step(
      tableau: tableau, size: sizes, start: start.selecting(indices),
      stages: stages.map { $0.selecting(indices) }, end: end.selecting(indices))
  }
}
