import StableDynamics
import Tensors
import Verification

extension Term: StateFormula {
  public static func constant(_ values: Tensor) -> Term { .constant(values.doubles) }
}
