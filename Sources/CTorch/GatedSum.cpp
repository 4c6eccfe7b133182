// Sums of matrices whose columns are scaled by a gate each, for many rows of gates, and their derivatives,
// each in one pass over the result.

#include "Handles.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

using namespace basin;

namespace {

/// Terms of one type: matrices [n, m] and gates [groups, m].
template <typename Scalar>
struct Terms {
  std::vector<const Scalar *> matrices, gates;
};

template <typename Scalar>
Terms<Scalar> pointers(const std::vector<at::Tensor> &matrices, const std::vector<at::Tensor> &gates) {
  Terms<Scalar> terms;
  for (auto &matrix : matrices) terms.matrices.push_back(elements<Scalar>(matrix));
  for (auto &gate : gates) terms.gates.push_back(elements<Scalar>(gate));
  return terms;
}

BASIN_VECTOR_CLONES
void setProduct(float *to, const float *a, const float *b, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = a[i] * b[i];
}

BASIN_VECTOR_CLONES
void setProduct(double *to, const double *a, const double *b, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = a[i] * b[i];
}

BASIN_VECTOR_CLONES
void addProduct(float *to, const float *a, const float *b, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += a[i] * b[i];
}

BASIN_VECTOR_CLONES
void addProduct(double *to, const double *a, const double *b, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += a[i] * b[i];
}

/// Columns are independent of each other, so they are what threads share: the sums are the same for any
/// number of threads.
template <typename Body>
void overColumns(int64_t columns, int64_t work, Body body) {
  constexpr int64_t least = 32;
  const int64_t blocks = std::max<int64_t>(1, columns / least);
  at::parallel_for(0, blocks, std::max<int64_t>(1, blocks * 65536 / std::max<int64_t>(1, work)),
                   [&](int64_t begin, int64_t end) {
                     const int64_t first = columns * begin / blocks;
                     body(first, columns * end / blocks - first);
                   });
}

template <typename Scalar>
void gatedSum(const Terms<Scalar> &terms, Scalar *out, int64_t groups, int64_t rows, int64_t columns) {
  overColumns(columns, groups * rows * columns, [&](int64_t first, int64_t count) {
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t r = 0; r < rows; ++r) {
        Scalar *to = out + (g * rows + r) * columns + first;
        for (size_t t = 0; t < terms.matrices.size(); ++t) {
          const Scalar *matrix = terms.matrices[t] + r * columns + first;
          const Scalar *gate = terms.gates[t] + g * columns + first;
          if (t == 0) setProduct(to, matrix, gate, count);
          else addProduct(to, matrix, gate, count);
        }
      }
  });
}

template <typename Scalar>
void gatedSumBackward(const Scalar *gradient, const Terms<Scalar> &terms,
                      const std::vector<at::Tensor> &matrixGradients,
                      const std::vector<at::Tensor> &gateGradients, int64_t groups, int64_t rows,
                      int64_t columns) {
  overColumns(columns, groups * rows * columns, [&](int64_t first, int64_t count) {
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t r = 0; r < rows; ++r) {
        const Scalar *from = gradient + (g * rows + r) * columns + first;
        for (size_t t = 0; t < terms.matrices.size(); ++t) {
          addProduct(matrixGradients[t].mutable_data_ptr<Scalar>() + r * columns + first, from,
                     terms.gates[t] + g * columns + first, count);
          addProduct(gateGradients[t].mutable_data_ptr<Scalar>() + g * columns + first, from,
                     terms.matrices[t] + r * columns + first, count);
        }
      }
  });
}

/// Contiguous, and of shapes that fit.
void prepare(std::vector<at::Tensor> &matrices, std::vector<at::Tensor> &gates) {
  for (size_t t = 0; t < matrices.size(); ++t) {
    matrices[t] = matrices[t].contiguous();
    gates[t] = gates[t].contiguous();
    TORCH_CHECK(matrices[t].dim() == 2 && gates[t].dim() == 2 && matrices[t].sizes() == matrices[0].sizes() &&
                    gates[t].sizes() == gates[0].sizes() && gates[t].size(1) == matrices[t].size(1) &&
                    matrices[t].scalar_type() == gates[t].scalar_type(),
                "gated sum of ", matrices[t].sizes(), " by ", gates[t].sizes());
  }
}

bool hasKernel(const at::Tensor &x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble);
}

}  // namespace

CTTensor ct_gated_sum(const CTTensor *matrixHandles, const CTTensor *gateHandles, int count) {
  return guardedTensor([&] {
    at::NoGradGuard guard;
    auto matrices = unwrap(matrixHandles, count), gates = unwrap(gateHandles, count);
    prepare(matrices, gates);
    if (!hasKernel(matrices[0])) {
      at::Tensor sum;
      for (int t = 0; t < count; ++t) {
        auto term = matrices[t].unsqueeze(0) * gates[t].unsqueeze(1);
        sum = t == 0 ? term : sum + term;
      }
      return sum;
    }
    const int64_t groups = gates[0].size(0), rows = matrices[0].size(0), columns = matrices[0].size(1);
    auto out = at::empty({groups, rows, columns}, matrices[0].options());
    if (out.scalar_type() == at::kFloat)
      gatedSum(pointers<float>(matrices, gates), out.mutable_data_ptr<float>(), groups, rows, columns);
    else
      gatedSum(pointers<double>(matrices, gates), out.mutable_data_ptr<double>(), groups, rows, columns);
    return out;
  });
}

int ct_gated_sum_backward(CTTensor gradientHandle, const CTTensor *matrixHandles,
                          const CTTensor *gateHandles, int count, CTTensor *matrixResults,
                          CTTensor *gateResults) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    auto matrices = unwrap(matrixHandles, count), gates = unwrap(gateHandles, count);
    prepare(matrices, gates);
    auto gradient = unwrap(gradientHandle).contiguous();
    std::vector<at::Tensor> matrixGradients, gateGradients;
    if (!hasKernel(gradient)) {
      for (int t = 0; t < count; ++t) {
        matrixGradients.push_back((gradient * gates[t].unsqueeze(1)).sum(0));
        gateGradients.push_back((gradient * matrices[t].unsqueeze(0)).sum(1));
      }
    } else {
      for (int t = 0; t < count; ++t) {
        matrixGradients.push_back(at::zeros(matrices[t].sizes(), matrices[t].options()));
        gateGradients.push_back(at::zeros(gates[t].sizes(), gates[t].options()));
      }
      const int64_t groups = gradient.size(0), rows = gradient.size(1), columns = gradient.size(2);
      if (gradient.scalar_type() == at::kFloat)
        gatedSumBackward(elements<float>(gradient), pointers<float>(matrices, gates), matrixGradients,
                         gateGradients, groups, rows, columns);
      else
        gatedSumBackward(elements<double>(gradient), pointers<double>(matrices, gates), matrixGradients,
                         gateGradients, groups, rows, columns);
    }
    for (int t = 0; t < count; ++t) {
      matrixResults[t] = wrap(matrixGradients[t]);
      gateResults[t] = wrap(gateGradients[t]);
    }
  });
}
