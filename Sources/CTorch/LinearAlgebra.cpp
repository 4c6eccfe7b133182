// Decompositions of dense matrices.

#include "Handles.h"

#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_lstsq.h>

using namespace basin;

int ct_symmetric_eigen(CTTensor matrix, CTTensor *values, CTTensor *vectors) {
  return guardedStatus([&] {
    auto [l, u] = at::linalg_eigh(unwrap(matrix), "L");
    *values = wrap(l);
    *vectors = wrap(u.contiguous());
  });
}

CTTensor ct_least_squares(CTTensor matrix, CTTensor right) {
  return guardedTensor([&] {
    const at::Tensor &a = unwrap(matrix);
    // Without a driver for deficient ranks elsewhere than on the CPU.
    const c10::string_view driver = a.is_cpu() ? "gelsd" : "gels";
    return std::get<0>(at::linalg_lstsq(a, unwrap(right), std::nullopt, driver));
  });
}
