import CTorch

/// What integrating a differential equation adds to the arithmetic of tensors.
extension Tensor {
  /// `self + Σ weights[r][k] · terms[k]` in each row r of the first axis, or in those named, in one pass
  /// over memory, differentiable.
  ///
  /// - Parameters:
  ///   - weights: `terms.count` values for each row, row after row.
  ///   - rows: rows of the result in their order, repeated ones allowed; all where nil.
  public func adding(
    _ terms: [Tensor], rowWeights weights: [Double], ofRows rows: [Int]? = nil
  ) -> Tensor {
    precondition(
      weights.count == terms.count * (rows?.count ?? shape.first ?? 0),
      "\(weights.count) weights for \(terms.count) terms in shape \(shape)")
    if terms.isEmpty && rows == nil { return self }
    let named = rows.map(extents)
    return withHandles(terms) { handles, count in
      Tensor(
        ct_row_combination(handle, handles, weights, count, named, Int64(named?.count ?? 0)),
        "adding(rowWeights:)", [self] + terms)
    }
  }

  /// The size of a combination of terms as error-controlled solvers measure it: for each of `rows`
  /// equal parts of the elements, the root mean square of
  /// `Σ weights[k] · terms[k] / (absolute + relative · max(|before|, |after|))`.
  ///
  /// Not recorded. A NaN where `after` is not finite; a row's value does not depend on the others.
  public static func scaledNorms(
    of terms: [Tensor], weights: [Double], from before: Tensor, to after: Tensor,
    absolute: Double, relative: Double, rows: Int = 1
  ) -> [Double] {
    precondition(terms.count == weights.count, "\(terms.count) terms, \(weights.count) weights")
    return [Double](unsafeUninitializedCapacity: rows) { norms, initialized in
      withHandles(terms) { handles, count in
        torchCheck(
          ct_scaled_norms(
            before.handle, after.handle, handles, weights, count, absolute, relative, Int64(rows),
            norms.baseAddress),
          "scaledNorms of \(before.shape)")
      }
      initialized = rows
    }
  }
}
