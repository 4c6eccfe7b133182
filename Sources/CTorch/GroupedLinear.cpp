// Products with one matrix a group of rows: libtorch's matrix product on each group, the groups
// shared out among the threads.

#include "Handles.h"

#include <ATen/Parallel.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace basin;

namespace {

/// Calls `body` for each group with rows; on the CPU, groups run in parallel.
template <typename Body>
void forEachGroup(const at::Tensor &x, const int64_t *offsets, int groups, Body body) {
  auto range = [&](int64_t begin, int64_t end) {
    at::NoGradGuard guard;
    for (int64_t g = begin; g < end; ++g)
      if (offsets[g + 1] > offsets[g]) body(g, offsets[g], offsets[g + 1] - offsets[g]);
  };
  if (x.is_cpu() && groups > 1)
    at::parallel_for(0, groups, 1, range);
  else
    range(0, groups);
}

void check(const at::Tensor &x, const at::Tensor &weights, const int64_t *offsets, int groups,
           int64_t inner) {
  TORCH_CHECK(x.dim() == 2 && weights.dim() == 3 && x.size(0) == offsets[groups] &&
                  weights.size(0) == groups && weights.size(inner) == x.size(1),
              "grouped product of ", x.sizes(), " and ", weights.sizes(), " in ", groups,
              " groups of ", offsets[groups], " rows");
}

at::Tensor groupedProduct(CTTensor left, CTTensor right, const int64_t *offsets, int groups,
                          CTTensor sum, bool transposed) {
  at::NoGradGuard guard;
  const auto &x = unwrap(left);
  const auto &weights = unwrap(right);
  check(x, weights, offsets, groups, transposed ? 1 : 2);
  auto out = sum ? unwrap(sum) : at::empty({x.size(0), weights.size(transposed ? 2 : 1)}, x.options());
  forEachGroup(x, offsets, groups, [&](int64_t g, int64_t start, int64_t rows) {
    auto part = out.narrow(0, start, rows);
    auto weight = weights.select(0, g);
    auto matrix = transposed ? weight : weight.t();
    if (sum)
      part.addmm_(x.narrow(0, start, rows), matrix);
    else
      at::mm_out(part, x.narrow(0, start, rows), matrix);
  });
  return out;
}

}  // namespace

CTTensor ct_grouped_linear(CTTensor x, CTTensor weights, const int64_t *offsets, int groups,
                           CTTensor sum) {
  return guardedTensor([&] { return groupedProduct(x, weights, offsets, groups, sum, false); });
}

CTTensor ct_grouped_linear_transposed(CTTensor y, CTTensor weights, const int64_t *offsets,
                                      int groups, CTTensor sum) {
  return guardedTensor([&] { return groupedProduct(y, weights, offsets, groups, sum, true); });
}

CTTensor ct_grouped_outer(CTTensor left, CTTensor right, const int64_t *offsets, int groups) {
  return guardedTensor([&] {
    at::NoGradGuard guard;
    const auto &y = unwrap(left);
    const auto &x = unwrap(right);
    TORCH_CHECK(y.dim() == 2 && x.dim() == 2 && y.size(0) == x.size(0) && x.size(0) == offsets[groups],
                "grouped outer product of ", y.sizes(), " and ", x.sizes());
    auto out = at::zeros({groups, y.size(1), x.size(1)}, x.options());
    forEachGroup(x, offsets, groups, [&](int64_t g, int64_t start, int64_t rows) {
      auto part = out.select(0, g);
      at::mm_out(part, y.narrow(0, start, rows).t(), x.narrow(0, start, rows));
    });
    return out;
  });
}

CTTensor ct_grouped_sum(CTTensor handle, const int64_t *offsets, int groups, int lanes) {
  return guardedTensor([&] {
    at::NoGradGuard guard;
    const auto &y = unwrap(handle);
    auto values = y.reshape({-1, lanes, y.size(1)}).select(1, 0);
    auto out = at::zeros({groups, y.size(1)}, y.options());
    forEachGroup(y, offsets, groups, [&](int64_t g, int64_t start, int64_t rows) {
      auto part = out.select(0, g);
      at::sum_out(part, values.narrow(0, start, rows), {0});
    });
    return out;
  });
}

void ct_keep_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}
