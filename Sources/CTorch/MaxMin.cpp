// Pairs of channels in descending order, in one pass over memory.

#include "GraphNode.h"
#include "Handles.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/where.h>

using namespace basin;

namespace {

/// One row of n pairs (x[i], x[n + i]).
template <typename Scalar>
BASIN_INLINE void sortRow(const Scalar *x, const Scalar *bias, Scalar *out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const Scalar a = x[i] + bias[i], b = x[n + i] + bias[n + i];
    const bool exchanged = a < b;
    out[i] = exchanged ? b : a;
    out[n + i] = exchanged ? a : b;
  }
}

template <typename Scalar>
BASIN_INLINE void sortRowBackward(const Scalar *gradient, const Scalar *x, const Scalar *bias, Scalar *out,
                                  int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const bool exchanged = x[i] + bias[i] < x[n + i] + bias[n + i];
    const Scalar a = gradient[i], b = gradient[n + i];
    out[i] = exchanged ? b : a;
    out[n + i] = exchanged ? a : b;
  }
}

BASIN_VECTOR_CLONES void run(const float *x, const float *bias, float *out, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) sortRow(x + 2 * n * r, bias, out + 2 * n * r, n);
}
void run(const double *x, const double *bias, double *out, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) sortRow(x + 2 * n * r, bias, out + 2 * n * r, n);
}

BASIN_VECTOR_CLONES void runBackward(const float *gradient, const float *x, const float *bias, float *out,
                                     int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r)
    sortRowBackward(gradient + 2 * n * r, x + 2 * n * r, bias, out + 2 * n * r, n);
}
void runBackward(const double *gradient, const double *x, const double *bias, double *out, int64_t rows,
                 int64_t n) {
  for (int64_t r = 0; r < rows; ++r)
    sortRowBackward(gradient + 2 * n * r, x + 2 * n * r, bias, out + 2 * n * r, n);
}

void check(const at::Tensor &x, const at::Tensor &bias) {
  TORCH_CHECK(x.dim() > 0 && x.size(-1) % 2 == 0 && bias.dim() == 1 && bias.size(0) == x.size(-1),
              "pairs of the channels of ", x.sizes(), " with bias ", bias.sizes());
}

/// `body` with rows begin ..< end of one thread, n pairs each.
template <typename Body>
void forRows(const at::Tensor &x, Body body) {
  const int64_t width = x.size(-1);
  if (x.numel() == 0) return;
  at::parallel_for(0, x.numel() / width, std::max<int64_t>(1, 16384 / width), body);
}

/// Whether each pair changes places.
at::Tensor exchanges(const at::Tensor &x, const at::Tensor &bias) {
  auto halves = (x + bias).chunk(2, -1);
  return halves[0] < halves[1];
}

at::Tensor exchanged(const at::Tensor &x, const at::Tensor &mask) {
  auto halves = x.chunk(2, -1);
  return at::cat({at::where(mask, halves[1], halves[0]), at::where(mask, halves[0], halves[1])}, -1);
}

at::Tensor sorted(const at::Tensor &x, const at::Tensor &bias) {
  if (!isPlainFloat(x)) return exchanged(x + bias, exchanges(x, bias));
  auto out = at::empty_like(x);
  const int64_t width = x.size(-1);
  forRows(x, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * width;
    if (x.scalar_type() == at::kFloat)
      run(elements<float>(x) + at, elements<float>(bias), out.mutable_data_ptr<float>() + at, end - begin,
          width / 2);
    else
      run(elements<double>(x) + at, elements<double>(bias), out.mutable_data_ptr<double>() + at,
          end - begin, width / 2);
  });
  return out;
}

/// The gradient in the places that its pairs came from.
at::Tensor sortedBackward(const at::Tensor &given, const at::Tensor &x, const at::Tensor &bias) {
  auto gradient = given.contiguous();
  auto out = at::empty_like(x);
  const int64_t width = x.size(-1);
  forRows(x, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * width;
    if (x.scalar_type() == at::kFloat)
      runBackward(elements<float>(gradient) + at, elements<float>(x) + at, elements<float>(bias),
                  out.mutable_data_ptr<float>() + at, end - begin, width / 2);
    else
      runBackward(elements<double>(gradient) + at, elements<double>(x) + at, elements<double>(bias),
                  out.mutable_data_ptr<double>() + at, end - begin, width / 2);
  });
  return out;
}

struct MaxMinNode : torch::autograd::Node {
  at::Tensor x, bias;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    torch::autograd::variable_list results(2);
    if (!gradients[0].defined()) return results;
    // To be differentiated again, or elsewhere than in plain memory: by recorded operations.
    const bool fused = isPlainFloat(x) && !at::GradMode::is_enabled();
    results[0] = fused ? sortedBackward(gradients[0], x, bias) : exchanged(gradients[0], exchanges(x, bias));
    if (task_should_compute_output(1)) results[1] = results[0].reshape({-1, bias.size(0)}).sum(0);
    return results;
  }

  void release_variables() override {
    x.reset();
    bias.reset();
  }

  std::string name() const override { return "BasinMaxMin"; }
};

}  // namespace

CTTensor ct_max_min(CTTensor input, CTTensor shift) {
  return guardedTensor([&]() -> at::Tensor {
    if (isTracing()) return sorted(unwrap(input), unwrap(shift));
    const std::vector<at::Tensor> inputs{unwrap(input), unwrap(shift)};
    const bool recording = torch::autograd::compute_requires_grad(inputs);
    at::Tensor x, bias, out;
    {
      at::NoGradGuard guard;
      x = inputs[0].detach().contiguous();
      bias = inputs[1].detach().contiguous();
      check(x, bias);
      out = sorted(x, bias);
    }
    if (recording) {
      auto node = makeNode<MaxMinNode>();
      node->x = x;
      node->bias = bias;
      node->set_next_edges(torch::autograd::collect_next_edges(inputs));
      torch::autograd::set_history(out, node);
    }
    return out;
  });
}
