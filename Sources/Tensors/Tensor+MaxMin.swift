import CTorch

extension Tensor {
  /// x + bias = (a, b) [..., 2n] as (max(a, b), min(a, b)), each channel of the first half with its
  /// partner in the second (Anil, Lucas, Grosse 2019: GroupSort of two). `bias` is [2n].
  ///
  /// It is an exchange of places, at a tie none, so its Jacobian is a permutation everywhere and
  /// distances never grow. One pass over memory each way.
  public func pairsSorted(bias: Tensor) -> Tensor {
    Tensor(ct_max_min(handle, bias.handle), "pairsSorted", [self, bias])
  }
}
