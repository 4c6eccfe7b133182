// Coordinate descent on a quadratic function with an l1 term, known by its Gram matrix.

#include "Handles.h"
#include "VectorClones.h"

#include <cmath>

using namespace basin;

namespace {

/// to += factor * from.
BASIN_VECTOR_CLONES
void add(double *to, const double *from, double factor, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

const double *checked(const at::Tensor &tensor, int64_t count) {
  TORCH_CHECK(tensor.is_cpu() && tensor.scalar_type() == at::kDouble && tensor.is_contiguous() &&
                  tensor.numel() == count,
              "coordinate descent on ", tensor.sizes(), ": expected ", count, " contiguous doubles");
  return elements<double>(tensor);
}

}  // namespace

int ct_lasso_descent(CTTensor gram, CTTensor linear, CTTensor x, double weight, double tolerance,
                     int limit) {
  return guarded<int>(-1, [&] {
    const int64_t n = unwrap(x).numel();
    const double *g = checked(unwrap(gram), n * n), *c = checked(unwrap(linear), n);
    checked(unwrap(x), n);
    double *point = unwrap(x).mutable_data_ptr<double>();
    // c - Gx.
    std::vector<double> rest(c, c + n);
    for (int64_t j = 0; j < n; ++j)
      if (point[j] != 0) add(rest.data(), g + j * n, -point[j], n);
    for (int pass = 1; pass <= limit; ++pass) {
      double largest = 0;
      for (int64_t j = 0; j < n; ++j) {
        const double curvature = g[j * n + j], before = point[j];
        if (curvature <= 0) continue;
        const double slope = rest[j] + curvature * before;
        const double after = std::copysign(std::fmax(std::fabs(slope) - weight, 0), slope) / curvature;
        if (after == before) continue;
        // A coordinate that is 0 has no sign.
        point[j] = after == 0 ? 0 : after;
        add(rest.data(), g + j * n, before - after, n);
        largest = std::fmax(largest, std::fabs(after - before) * curvature);
      }
      if (!(largest > tolerance)) return pass;
    }
    return 0;
  });
}
