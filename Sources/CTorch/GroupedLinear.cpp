// Products with one matrix a group of rows. Groups are small, so what surrounds a product counts:
// where libtorch exports its BLAS, that is called directly, and rows are shared out evenly among
// the threads; elsewhere libtorch's matrix product does the work group by group.

#include "Handles.h"
#include "MatrixProduct.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

extern "C" {
void sgemm_(const char *, const char *, const int *, const int *, const int *, const float *,
            const float *, const int *, const float *, const int *, const float *, float *,
            const int *) __attribute__((weak));
void dgemm_(const char *, const char *, const int *, const int *, const int *, const double *,
            const double *, const int *, const double *, const int *, const double *, double *,
            const int *) __attribute__((weak));
}

using namespace basin;

namespace {

bool hasBLAS(const at::Tensor &x) {
  return isPlainFloat(x) && ((x.scalar_type() == at::kFloat && sgemm_ != nullptr) ||
                        (x.scalar_type() == at::kDouble && dgemm_ != nullptr));
}

/// C = op(A) op(B) + beta C in BLAS's column-major terms; row-major matrices enter transposed.
void gemm(char opA, char opB, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
          const float *b, int64_t ldb, float beta, float *c, int64_t ldc) {
  const int im = m, in = n, ik = k, ia = lda, ib = ldb, ic = ldc;
  const float one = 1;
  sgemm_(&opA, &opB, &im, &in, &ik, &one, a, &ia, b, &ib, &beta, c, &ic);
}

void gemm(char opA, char opB, int64_t m, int64_t n, int64_t k, const double *a, int64_t lda,
          const double *b, int64_t ldb, double beta, double *c, int64_t ldc) {
  const int im = m, in = n, ik = k, ia = lda, ib = ldb, ic = ldc;
  const double one = 1;
  dgemm_(&opA, &opB, &im, &in, &ik, &one, a, &ia, b, &ib, &beta, c, &ic);
}

void check(const at::Tensor &x, const at::Tensor &weights, const int64_t *offsets, int groups,
           int64_t inner) {
  TORCH_CHECK(x.dim() == 2 && weights.dim() == 3 && x.size(0) == offsets[groups] &&
                  weights.size(0) == groups && weights.size(inner) == x.size(1),
              "grouped product of ", x.sizes(), " and ", weights.sizes(), " in ", groups,
              " groups of ", offsets[groups], " rows");
}

/// x_g W_g^T, or x_g W_g if `transposed`, for rows begin ..< end of a contiguous matrix.
template <typename Scalar>
void productOfRows(const at::Tensor &x, const at::Tensor &weights, const int64_t *offsets,
                   int groups, bool transposed, bool accumulate, at::Tensor &out, int64_t begin,
                   int64_t end) {
  const int64_t outputs = weights.size(1), inputs = weights.size(2);
  const int64_t from = x.size(1), to = out.size(1);
  const Scalar *source = elements<Scalar>(x), *matrix = elements<Scalar>(weights);
  Scalar *target = out.mutable_data_ptr<Scalar>();
  for (int g = 0; g < groups; ++g) {
    const int64_t first = std::max(begin, offsets[g]), last = std::min(end, offsets[g + 1]);
    if (first >= last) continue;
    gemm(transposed ? 'N' : 'T', 'N', to, last - first, from, matrix + g * outputs * inputs, inputs,
         source + first * from, from, accumulate ? 1 : 0, target + first * to, to);
  }
}

at::Tensor groupedProduct(CTTensor left, CTTensor right, const int64_t *offsets, int groups,
                          CTTensor sum, bool transposed) {
  at::NoGradGuard guard;
  const auto &given = unwrap(left);
  check(given, unwrap(right), offsets, groups, transposed ? 1 : 2);
  auto x = given.contiguous();
  auto weights = unwrap(right).contiguous();
  if (isTracing() && !sum) {
    // Parts that are joined can be differentiated, ones that are filled in cannot.
    std::vector<at::Tensor> parts;
    for (int g = 0; g < groups; ++g) {
      auto matrix = transposed ? weights.select(0, g) : weights.select(0, g).t();
      parts.push_back(at::mm(x.narrow(0, offsets[g], offsets[g + 1] - offsets[g]), matrix));
    }
    return at::cat(parts);
  }
  auto out = sum ? unwrap(sum) : at::empty({x.size(0), weights.size(transposed ? 2 : 1)}, x.options());
  TORCH_CHECK(out.is_contiguous(), "a grouped product is added to a contiguous matrix");
  int64_t most = 0;
  for (int g = 0; g < groups; ++g) most = std::max(most, offsets[g + 1] - offsets[g]);
  const int64_t rowWork = x.size(1) * out.size(1);
  if (hasBLAS(x) && prefersOneDNN(x, most * rowWork)) {
    for (int g = 0; g < groups; ++g) {
      const int64_t rows = offsets[g + 1] - offsets[g];
      if (!prefersOneDNN(x, rows * rowWork)) {
        productOfRows<float>(x, weights, offsets, groups, transposed, sum, out, offsets[g], offsets[g + 1]);
        continue;
      }
      auto matrix = transposed ? weights.select(0, g).t() : weights.select(0, g);
      auto product = oneDNNProduct(x.narrow(0, offsets[g], rows), matrix);
      if (rows == x.size(0) && !sum) return product;
      auto part = out.narrow(0, offsets[g], rows);
      if (sum)
        part.add_(product);
      else
        part.copy_(product);
    }
    return out;
  }
  if (hasBLAS(x)) {
    // About 2^18 multiplications are worth another thread.
    const int64_t grain = std::max<int64_t>(1, (1 << 18) / std::max<int64_t>(1, x.size(1) * out.size(1)));
    at::parallel_for(0, x.size(0), grain, [&](int64_t begin, int64_t end) {
      if (x.scalar_type() == at::kFloat)
        productOfRows<float>(x, weights, offsets, groups, transposed, sum, out, begin, end);
      else
        productOfRows<double>(x, weights, offsets, groups, transposed, sum, out, begin, end);
    });
    return out;
  }
  for (int g = 0; g < groups; ++g) {
    const int64_t rows = offsets[g + 1] - offsets[g];
    if (rows == 0) continue;
    auto part = out.narrow(0, offsets[g], rows);
    auto matrix = transposed ? weights.select(0, g) : weights.select(0, g).t();
    if (sum)
      part.addmm_(x.narrow(0, offsets[g], rows), matrix);
    else
      at::mm_out(part, x.narrow(0, offsets[g], rows), matrix);
  }
  return out;
}

template <typename Scalar>
void outerOfGroup(const at::Tensor &y, const at::Tensor &x, int64_t first, int64_t rows,
                  at::Tensor &out, int64_t group) {
  const int64_t outputs = y.size(1), inputs = x.size(1);
  gemm('N', 'T', inputs, outputs, rows, elements<Scalar>(x) + first * inputs, inputs,
       elements<Scalar>(y) + first * outputs, outputs, 0,
       out.mutable_data_ptr<Scalar>() + group * outputs * inputs, inputs);
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
    auto y = unwrap(left).contiguous();
    auto x = unwrap(right).contiguous();
    TORCH_CHECK(y.dim() == 2 && x.dim() == 2 && y.size(0) == x.size(0) && x.size(0) == offsets[groups],
                "grouped outer product of ", y.sizes(), " and ", x.sizes());
    auto out = at::empty({groups, y.size(1), x.size(1)}, x.options());
    const bool blas = hasBLAS(x);
    auto range = [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) {
        const int64_t first = offsets[g], rows = offsets[g + 1] - first;
        auto part = out.select(0, g);
        if (rows == 0) {
          part.zero_();
        } else if (prefersOneDNN(x, rows * y.size(1) * x.size(1))) {
          part.copy_(oneDNNProduct(y.narrow(0, first, rows).t(), x.narrow(0, first, rows).t()));
        } else if (!blas) {
          at::mm_out(part, y.narrow(0, first, rows).t(), x.narrow(0, first, rows));
        } else if (x.scalar_type() == at::kFloat) {
          outerOfGroup<float>(y, x, first, rows, out, g);
        } else {
          outerOfGroup<double>(y, x, first, rows, out, g);
        }
      }
    };
    if (blas && groups > 1)
      at::parallel_for(0, groups, 1, range);
    else
      range(0, groups);
    return out;
  });
}

CTTensor ct_grouped_sum(CTTensor handle, const int64_t *offsets, int groups, int lanes) {
  return guardedTensor([&] {
    at::NoGradGuard guard;
    const auto &y = unwrap(handle);
    auto values = y.reshape({-1, lanes, y.size(1)}).select(1, 0);
    auto out = at::zeros({groups, y.size(1)}, y.options());
    for (int g = 0; g < groups; ++g) {
      const int64_t rows = offsets[g + 1] - offsets[g];
      if (rows == 0) continue;
      auto part = out.select(0, g);
      at::sum_out(part, values.narrow(0, offsets[g], rows), {0});
    }
    return out;
  });
}
