// ReLU of a batch normalisation in training, with what a shortcut adds before it: one pass over memory for
// the statistics and one for the result, and two backwards. Channels are innermost in memory.

#include "GraphNode.h"
#include "Handles.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/threshold_backward.h>

#include <bit>
#include <cmath>

using namespace basin;

#pragma clang fp contract(fast)

namespace {

/// The bits of a bfloat16, the upper half of those of a float.
struct Half {
  uint16_t bits;
};

BASIN_INLINE float number(float x) { return x; }
BASIN_INLINE double number(double x) { return x; }
BASIN_INLINE float number(Half x) { return std::bit_cast<float>(uint32_t(x.bits) << 16); }

BASIN_INLINE void store(float x, float &to) { to = x; }
BASIN_INLINE void store(double x, double &to) { to = x; }
BASIN_INLINE void store(float x, Half &to) {
  // To the nearest, ties to even; a NaN stays one.
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  to.bits = static_cast<uint16_t>(x != x ? 0x7FC0u : rounded);
}

/// 1 or 0, to be multiplied with: a load that waits for a mask stalls on memory.
template <typename Number>
BASIN_INLINE Number share(bool passes, Number) {
  return passes ? Number(1) : Number(0);
}

/// Of each channel.
template <typename Number>
struct Affine {
  const Number *scale, *shift;
};

/// What the backward pass takes from each channel: dx = scale (g - mean(g) - slope (x - center)).
template <typename Number>
struct Centering {
  const Number *scale, *center, *gradientMean, *slope;
};

// MARK: Loops over consecutive rows of n channels. What they read is nowhere what they write.

#define BASIN_CHANNELS(c, n)                            \
  _Pragma("clang loop vectorize(assume_safety)") for (int64_t c = 0; c < n; ++c)

/// Sums, and sums of squares about the rows' own mean.
template <typename Element, typename Number>
BASIN_INLINE void momentsOf(const Element *x, int64_t rows, int64_t n, Number *sum, Number *spread) {
  BASIN_CHANNELS(c, n) sum[c] = spread[c] = 0;
  for (int64_t r = 0; r < rows; ++r)
    BASIN_CHANNELS(c, n) sum[c] += number(x[r * n + c]);
  const Number share = Number(1) / static_cast<Number>(rows);
  for (int64_t r = 0; r < rows; ++r)
    BASIN_CHANNELS(c, n) {
      const Number difference = number(x[r * n + c]) - sum[c] * share;
      spread[c] += difference * difference;
    }
}

template <typename Element, typename Number>
BASIN_INLINE void rectifyRows(const Element *x, const Element *shortcut, Affine<Number> map, Element *y,
                              int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) {
    const Element *from = x + r * n, *beside = shortcut ? shortcut + r * n : nullptr;
    Element *to = y + r * n;
    if (beside) {
      BASIN_CHANNELS(c, n) {
        const Number value = number(from[c]) * map.scale[c] + map.shift[c] + number(beside[c]);
        store(value < 0 ? Number(0) : value, to[c]);
      }
    } else {
      BASIN_CHANNELS(c, n) {
        const Number value = number(from[c]) * map.scale[c] + map.shift[c];
        store(value < 0 ? Number(0) : value, to[c]);
      }
    }
  }
}

/// Sums of g and of g (x - center), where g is the gradient behind the ReLU; kept in `kept` where there was
/// a shortcut, whose gradient it is. Otherwise what the ReLU lets pass follows from x.
template <typename Element, typename Number>
BASIN_INLINE void gradientSums(const Element *gradient, const Element *x, const Element *y,
                               Affine<Number> map, const Number *center, Element *kept, int64_t rows,
                               int64_t n, Number *sum, Number *product) {
  BASIN_CHANNELS(c, n) sum[c] = product[c] = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const Element *g = gradient + r * n, *from = x + r * n;
    if (kept) {
      const Element *value = y + r * n;
      Element *to = kept + r * n;
      BASIN_CHANNELS(c, n) {
        const Number passed = number(g[c]) * share(number(value[c]) > 0, Number());
        store(passed, to[c]);
        sum[c] += passed;
        product[c] += passed * (number(from[c]) - center[c]);
      }
    } else {
      BASIN_CHANNELS(c, n) {
        const Number value = number(from[c]);
        const Number passed = number(g[c]) * share(value * map.scale[c] + map.shift[c] > 0, value);
        sum[c] += passed;
        product[c] += passed * (value - center[c]);
      }
    }
  }
}

/// `isMasked`: whether the gradient has passed the ReLU already.
template <typename Element, typename Number>
BASIN_INLINE void gradientRows(const Element *gradient, const Element *x, bool isMasked, Affine<Number> map,
                               Centering<Number> by, Element *out, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) {
    const Element *g = gradient + r * n, *from = x + r * n;
    Element *to = out + r * n;
    BASIN_CHANNELS(c, n) {
      const Number value = number(from[c]);
      const bool passes = isMasked || value * map.scale[c] + map.shift[c] > 0;
      const Number passed = number(g[c]) * share(passes, value);
      store(by.scale[c] * (passed - by.gradientMean[c] - by.slope[c] * (value - by.center[c])), to[c]);
    }
  }
}

// The same for each element type, for several vector widths.
#define BASIN_LOOPS(CLONES, Element, Number)                                                               \
  CLONES void runMoments(const Element *x, int64_t rows, int64_t n, Number *sum, Number *spread) {         \
    momentsOf(x, rows, n, sum, spread);                                                                    \
  }                                                                                                        \
  CLONES void runRectify(const Element *x, const Element *shortcut, Affine<Number> map, Element *y,        \
                         int64_t rows, int64_t n) {                                                        \
    rectifyRows(x, shortcut, map, y, rows, n);                                                             \
  }                                                                                                        \
  CLONES void runSums(const Element *g, const Element *x, const Element *y, Affine<Number> map,            \
                      const Number *center, Element *kept, int64_t rows, int64_t n, Number *sum,           \
                      Number *product) {                                                                   \
    gradientSums(g, x, y, map, center, kept, rows, n, sum, product);                                       \
  }                                                                                                        \
  CLONES void runGradient(const Element *g, const Element *x, bool isMasked, Affine<Number> map,           \
                          Centering<Number> by, Element *out, int64_t rows, int64_t n) {                   \
    if (isMasked)                                                                                          \
      gradientRows(g, x, true, map, by, out, rows, n);                                                     \
    else                                                                                                   \
      gradientRows(g, x, false, map, by, out, rows, n);                                                    \
  }

BASIN_LOOPS(BASIN_VECTOR_CLONES, float, float)
BASIN_LOOPS(BASIN_VECTOR_CLONES, Half, float)
BASIN_LOOPS(, double, double)

/// Blocks of rows that stay in a first-level cache. Their number follows from the shape alone, so that sums
/// are the same for any number of threads.
struct Blocks {
  int64_t channels, rows, size, count;

  explicit Blocks(const at::Tensor &x)
      : channels(x.size(1)), rows(x.numel() / x.size(1)), size(std::max<int64_t>(1, 8192 / channels)),
        count((rows + size - 1) / size) {}

  template <typename Body>
  void forEach(Body body) const {
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) body(b, b * size, std::min(size, rows - b * size));
    });
  }
};

/// What a forward pass finds of the channels.
struct Statistics {
  /// 1 / √(variance + ε) and the mean, in the numbers that loops compute in.
  at::Tensor mean, inverseDeviation, scale, shift;
};

template <typename Element, typename Number>
Statistics forward(const at::Tensor &x, const at::Tensor &shortcut, const at::Tensor &weight,
                   const at::Tensor &bias, const at::Tensor &runningMean, const at::Tensor &runningVariance,
                   double momentum, double epsilon, at::Tensor &y) {
  const Blocks blocks(x);
  const int64_t n = blocks.channels;
  const auto *from = static_cast<const Element *>(x.const_data_ptr());
  std::vector<Number> parts(2 * n * blocks.count);
  blocks.forEach([&](int64_t b, int64_t first, int64_t rows) {
    runMoments(from + first * n, rows, n, parts.data() + 2 * n * b, parts.data() + 2 * n * b + n);
  });
  auto options = weight.options();
  Statistics found{at::empty({n}, options), at::empty({n}, options), at::empty({n}, options),
                   at::empty({n}, options)};
  auto *means = found.mean.mutable_data_ptr<Number>(),
       *inverses = found.inverseDeviation.mutable_data_ptr<Number>(),
       *scales = found.scale.mutable_data_ptr<Number>(), *shifts = found.shift.mutable_data_ptr<Number>(),
       *oldMeans = runningMean.mutable_data_ptr<Number>(),
       *oldVariances = runningVariance.mutable_data_ptr<Number>();
  const double total = static_cast<double>(blocks.rows);
  for (int64_t c = 0; c < n; ++c) {
    // Chan, Golub, LeVeque 1983: parts joined by their means.
    double sum = 0, spread = 0;
    for (int64_t b = 0; b < blocks.count; ++b) sum += parts[2 * n * b + c];
    const double mean = sum / total;
    for (int64_t b = 0; b < blocks.count; ++b) {
      const double rows = static_cast<double>(std::min(blocks.size, blocks.rows - b * blocks.size));
      const double offset = parts[2 * n * b + c] / rows - mean;
      spread += parts[2 * n * b + n + c] + rows * offset * offset;
    }
    const double inverse = 1 / std::sqrt(spread / total + epsilon);
    const double scale = inverse * elements<Number>(weight)[c];
    means[c] = static_cast<Number>(mean);
    inverses[c] = static_cast<Number>(inverse);
    scales[c] = static_cast<Number>(scale);
    shifts[c] = static_cast<Number>(elements<Number>(bias)[c] - mean * scale);
    const double unbiased = spread / std::max(total - 1, 1.0);
    oldMeans[c] = static_cast<Number>((1 - momentum) * oldMeans[c] + momentum * mean);
    oldVariances[c] = static_cast<Number>((1 - momentum) * oldVariances[c] + momentum * unbiased);
  }
  const auto *beside = shortcut.defined() ? static_cast<const Element *>(shortcut.const_data_ptr()) : nullptr;
  auto *to = static_cast<Element *>(y.mutable_data_ptr());
  blocks.forEach([&](int64_t, int64_t first, int64_t rows) {
    runRectify(from + first * n, beside ? beside + first * n : nullptr, Affine<Number>{scales, shifts},
               to + first * n, rows, n);
  });
  return found;
}

/// The gradients by x, weight, bias and, where `y` is given, shortcut.
template <typename Element, typename Number>
torch::autograd::variable_list backward(const at::Tensor &gradient, const at::Tensor &x, const at::Tensor &y,
                                        const Statistics &of) {
  const Blocks blocks(x);
  const int64_t n = blocks.channels;
  const auto *g = static_cast<const Element *>(gradient.const_data_ptr()),
             *from = static_cast<const Element *>(x.const_data_ptr()),
             *values = y.defined() ? static_cast<const Element *>(y.const_data_ptr()) : nullptr;
  auto dx = at::empty_like(x);
  auto passed = y.defined() ? at::empty_like(x) : at::Tensor();
  auto *kept = y.defined() ? static_cast<Element *>(passed.mutable_data_ptr()) : nullptr;
  const auto *means = elements<Number>(of.mean), *inverses = elements<Number>(of.inverseDeviation);
  const Affine<Number> map{elements<Number>(of.scale), elements<Number>(of.shift)};
  std::vector<Number> parts(2 * n * blocks.count);
  blocks.forEach([&](int64_t b, int64_t first, int64_t rows) {
    runSums(g + first * n, from + first * n, values ? values + first * n : nullptr, map, means,
            kept ? kept + first * n : nullptr, rows, n, parts.data() + 2 * n * b,
            parts.data() + 2 * n * b + n);
  });
  auto weightGradient = at::empty_like(of.mean), biasGradient = at::empty_like(of.mean);
  std::vector<Number> gradientMeans(n), slopes(n);
  const double total = static_cast<double>(blocks.rows);
  for (int64_t c = 0; c < n; ++c) {
    double sum = 0, product = 0;
    for (int64_t b = 0; b < blocks.count; ++b) {
      sum += parts[2 * n * b + c];
      product += parts[2 * n * b + n + c];
    }
    const double inverse = inverses[c];
    weightGradient.mutable_data_ptr<Number>()[c] = static_cast<Number>(product * inverse);
    biasGradient.mutable_data_ptr<Number>()[c] = static_cast<Number>(sum);
    gradientMeans[c] = static_cast<Number>(sum / total);
    slopes[c] = static_cast<Number>(product * inverse * inverse / total);
  }
  auto *to = static_cast<Element *>(dx.mutable_data_ptr());
  const Centering<Number> by{map.scale, means, gradientMeans.data(), slopes.data()};
  const Element *source = kept ? kept : g;
  blocks.forEach([&](int64_t, int64_t first, int64_t rows) {
    runGradient(source + first * n, from + first * n, kept != nullptr, map, by, to + first * n, rows, n);
  });
  return {dx, weightGradient, biasGradient, passed};
}

/// Whether the loops above can be used, by which numbers they compute in.
bool isFused(const at::Tensor &x, const at::Tensor &weight) {
  const auto type = x.scalar_type();
  const bool matches = weight.scalar_type() == (type == at::kDouble ? at::kDouble : at::kFloat);
  return x.is_cpu() && !isTracing() && x.dim() == 4 && x.numel() > 0 && matches &&
         (type == at::kFloat || type == at::kDouble || type == at::kBFloat16) &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor laidOut(const at::Tensor &given, const at::Tensor &as) {
  return given.to(as.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
}

struct RectifiedBatchNormNode : torch::autograd::Node {
  /// With its graph, for a second derivative.
  at::Tensor x, weight;
  at::Tensor y, runningMean, runningVariance;
  Statistics statistics;
  bool hasShortcut;
  double epsilon;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    if (!gradients[0].defined()) return torch::autograd::variable_list(hasShortcut ? 4 : 3);
    torch::autograd::variable_list results;
    if (at::GradMode::is_enabled()) {
      // To be differentiated again: by recorded operations.
      auto passed = at::threshold_backward(gradients[0], y, 0);
      auto [dx, dWeight, dBias] = at::native_batch_norm_backward(
          passed, x, weight, runningMean, runningVariance, statistics.mean, statistics.inverseDeviation,
          /*train=*/true, epsilon, {true, true, true});
      results = {dx, dWeight, dBias, passed};
    } else {
      auto g = laidOut(gradients[0], x);
      auto values = hasShortcut ? y : at::Tensor();
      switch (x.scalar_type()) {
        case at::kFloat: results = backward<float, float>(g, x, values, statistics); break;
        case at::kDouble: results = backward<double, double>(g, x, values, statistics); break;
        default: results = backward<Half, float>(g, x, values, statistics);
      }
    }
    results.resize(hasShortcut ? 4 : 3);
    return results;
  }

  void release_variables() override {
    x.reset();
    weight.reset();
    y.reset();
    statistics = {};
  }

  std::string name() const override { return "BasinRectifiedBatchNorm"; }
};

}  // namespace

CTTensor ct_rectified_batch_norm(CTTensor input, CTTensor shortcut, CTTensor weight, CTTensor bias,
                                 CTTensor runningMean, CTTensor runningVariance, double momentum,
                                 double epsilon) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &x = unwrap(input), &scale = unwrap(weight);
    const auto beside = unwrapOptional(shortcut);
    if (!isFused(x, scale)) {
      auto y = at::batch_norm(x, scale, unwrap(bias), unwrap(runningMean), unwrap(runningVariance),
                              /*training=*/true, momentum, epsilon, /*cudnn_enabled=*/true);
      return (beside.defined() ? y + beside : y).relu();
    }
    TORCH_CHECK(!beside.defined() || beside.sizes() == x.sizes(), "a shortcut of shape ", beside.sizes(),
                " beside ", x.sizes());
    std::vector<at::Tensor> inputs{x, scale, unwrap(bias)};
    if (beside.defined()) inputs.push_back(beside);
    const bool recording = torch::autograd::compute_requires_grad(inputs);
    at::Tensor y;
    Statistics statistics;
    {
      at::NoGradGuard guard;
      auto side = beside.defined() ? laidOut(beside, x) : beside;
      y = at::empty_like(x);
      auto run = [&]<typename Element, typename Number>() {
        return forward<Element, Number>(x, side, scale, unwrap(bias), unwrap(runningMean),
                                        unwrap(runningVariance), momentum, epsilon, y);
      };
      switch (x.scalar_type()) {
        case at::kFloat: statistics = run.template operator()<float, float>(); break;
        case at::kDouble: statistics = run.template operator()<double, double>(); break;
        default: statistics = run.template operator()<Half, float>();
      }
    }
    if (recording) {
      auto node = makeNode<RectifiedBatchNormNode>();
      node->x = x;
      node->weight = scale;
      node->y = y.detach();
      node->runningMean = unwrap(runningMean);
      node->runningVariance = unwrap(runningVariance);
      node->statistics = statistics;
      node->hasShortcut = beside.defined();
      node->epsilon = epsilon;
      node->set_next_edges(torch::autograd::collect_next_edges(inputs));
      torch::autograd::set_history(y, node);
    }
    return y;
  });
}
