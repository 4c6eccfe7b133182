// Decompositions of dense matrices.

#include "Handles.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_inv_ex.h>
#include <ATen/ops/linalg_lstsq.h>
#include <ATen/ops/linalg_solve_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include <limits>

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

CTTensor ct_cholesky(CTTensor matrix) {
  return guardedTensor([&]() -> at::Tensor {
    auto [factor, failures] = at::linalg_cholesky_ex(unwrap(matrix));
    auto failed = failures.ne(0);
    if (failures.is_cpu() && !failed.any().item<bool>()) return factor;
    // What the library leaves of a factor that it gave up is no factor.
    return factor.masked_fill(failed.unsqueeze(-1).unsqueeze(-1), std::numeric_limits<double>::quiet_NaN());
  });
}

CTTensor ct_triangular_solve(CTTensor matrix, CTTensor right, bool upper, bool fromRight) {
  return guardedTensor([&] {
    return at::linalg_solve_triangular(unwrap(matrix), unwrap(right), upper, /*left=*/!fromRight);
  });
}

CTTensor ct_solve(CTTensor matrix, CTTensor right) {
  return guardedTensor([&] {
    // Without a look at its rank, two matrices would count as a batch of vectors where shapes allow it.
    const at::Tensor &a = unwrap(matrix), &b = unwrap(right);
    TORCH_CHECK(a.dim() == b.dim(), "solve with ", a.sizes(), " and ", b.sizes());
    return std::get<0>(at::linalg_solve_ex(a, b));
  });
}

CTTensor ct_inverse(CTTensor matrix) {
  return guardedTensor([&] { return std::get<0>(at::linalg_inv_ex(unwrap(matrix))); });
}

CTTensor ct_triangle(CTTensor matrix, bool upper) {
  return guardedTensor([&] { return upper ? unwrap(matrix).triu() : unwrap(matrix).tril(); });
}

CTTensor ct_add_product(CTTensor base, CTTensor a, CTTensor b, double weight) {
  return guardedTensor([&] {
    return unwrap(a).dim() == 3 ? at::baddbmm(unwrap(base), unwrap(a), unwrap(b), 1, weight)
                                : at::addmm(unwrap(base), unwrap(a), unwrap(b), 1, weight);
  });
}
