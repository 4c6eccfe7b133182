// Activations with their slopes in one pass over memory. The float loops are written so that the
// compiler vectorises them: no branches, no library calls.

#include "FastTanh.h"
#include "Handles.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh_backward.h>
#include <ATen/ops/where.h>

#include <cmath>

using namespace basin;

#pragma clang fp contract(fast)

namespace {

/// ln(1 + e) for e in [0, 1], absolute error below 1e-8.
BASIN_INLINE float log1pUnit(float e) {
  float q = -0.003256378477f;
  q = q * e + 0.01990716094f;
  q = q * e - 0.05706420078f;
  q = q * e + 0.1061426469f;
  q = q * e - 0.153118631f;
  q = q * e + 0.1967811726f;
  q = q * e - 0.2495455887f;
  q = q * e + 0.3333000404f;
  q = q * e - 0.4999990399f;
  q = q * e + 0.9999999954f;
  return q * e;
}

BASIN_INLINE void softplusOf(float a, float &value, float &slope) {
  const ScaledExp scaled = expNonPositive(a < 0 ? a : -a);
  const float e = scaled.power * scaled.rest + scaled.power;
  const float inverse = 1.0f / (1.0f + e);
  value = (a < 0 ? 0.0f : a) + log1pUnit(e);
  slope = a < 0 ? e * inverse : inverse;
}
BASIN_INLINE void softplusOf(double a, double &value, double &slope) {
  const double e = std::exp(-std::abs(a));
  value = std::max(a, 0.0) + std::log1p(e);
  slope = a < 0 ? e / (1 + e) : 1 / (1 + e);
}

/// ln 2 / 2: up to here e^x - 1 is computed without the exponential, and rises without a difference.
constexpr float smallRise = 0.34657359f;

BASIN_INLINE float log1pOf(float e) { return log1pUnit(e); }
BASIN_INLINE double log1pOf(double e) { return std::log1p(e); }

/// e^x - 1 for x in [0, smallRise].
BASIN_INLINE float expm1Small(float x) { return x * expm1Ratio(x); }
BASIN_INLINE double expm1Small(double x) { return std::expm1(x); }

/// softplus(b + x) - softplus(b), given the value and the slope at b and at b + x. A small rise is
/// not the difference of two numbers, so that it is right to rounding of its own size, and 0 at 0:
/// softplus(b + x) - softplus(b) = ln(1 + σ(b) (e^x - 1)); for x < 0 the two change places.
template <typename Scalar>
BASIN_INLINE Scalar softplusRise(Scalar x, Scalar base, Scalar baseSlope, Scalar value,
                                 Scalar slope) {
  const Scalar size = x < 0 ? -x : x;
  const bool isSmall = size <= Scalar(smallRise);
  const Scalar small = log1pOf((x < 0 ? slope : baseSlope) * expm1Small(isSmall ? size : Scalar(0)));
  return isSmall ? (x < 0 ? -small : small) : value - base;
}

// MARK: Loops over one thread's range

template <typename Scalar>
BASIN_INLINE void tanhLoop(const Scalar *a, Scalar *out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = tanhOf(a[i]);
}

template <typename Scalar>
BASIN_INLINE void softplusRow(const Scalar *a, const Scalar *bias, Scalar *z, Scalar *slope,
                              int64_t width) {
  for (int64_t i = 0; i < width; ++i) softplusOf(a[i] + bias[i], z[i], slope[i]);
}

/// The rise above softplus(bias), whose values and slopes are `base` and `share`.
template <typename Scalar>
BASIN_INLINE void softplusRiseRow(const Scalar *a, const Scalar *bias, const Scalar *base,
                                  const Scalar *share, Scalar *z, Scalar *slope, int64_t width) {
  for (int64_t i = 0; i < width; ++i) {
    Scalar value, p;
    softplusOf(a[i] + bias[i], value, p);
    z[i] = softplusRise(a[i], base[i], share[i], value, p);
    slope[i] = p;
  }
}

template <typename Scalar>
BASIN_INLINE void productRow(const Scalar *a, const Scalar *b, Scalar *out, int64_t width) {
  for (int64_t i = 0; i < width; ++i) out[i] = a[i] * b[i];
}

template <typename Scalar>
BASIN_INLINE void softplusTangentRow(const Scalar *a, const Scalar *tangent, const Scalar *bias,
                                     Scalar *z, Scalar *dz, Scalar *slope, int64_t width) {
  for (int64_t i = 0; i < width; ++i) {
    softplusOf(a[i] + bias[i], z[i], slope[i]);
    dz[i] = slope[i] * tangent[i];
  }
}

template <typename Scalar>
BASIN_INLINE void softplusTangentRowBackward(const Scalar *gz, const Scalar *gdz,
                                             const Scalar *tangent, const Scalar *slope,
                                             Scalar *ga, Scalar *gda, int64_t width) {
  for (int64_t i = 0; i < width; ++i) {
    const Scalar p = slope[i];
    ga[i] = gz[i] * p + gdz[i] * (p * (1 - p) * tangent[i]);
    gda[i] = gdz[i] * p;
  }
}

BASIN_VECTOR_CLONES void run(const float *a, float *out, int64_t count) { tanhLoop(a, out, count); }
void run(const double *a, double *out, int64_t count) { tanhLoop(a, out, count); }

BASIN_VECTOR_CLONES void runRow(const float *a, const float *b, float *z, float *p, int64_t n) {
  softplusRow(a, b, z, p, n);
}
void runRow(const double *a, const double *b, double *z, double *p, int64_t n) {
  softplusRow(a, b, z, p, n);
}

BASIN_VECTOR_CLONES void runRiseRow(const float *a, const float *b, const float *base,
                                    const float *share, float *z, float *p, int64_t n) {
  softplusRiseRow(a, b, base, share, z, p, n);
}
void runRiseRow(const double *a, const double *b, const double *base, const double *share,
                double *z, double *p, int64_t n) {
  softplusRiseRow(a, b, base, share, z, p, n);
}

BASIN_VECTOR_CLONES void runProductRow(const float *a, const float *b, float *out, int64_t n) {
  productRow(a, b, out, n);
}
void runProductRow(const double *a, const double *b, double *out, int64_t n) {
  productRow(a, b, out, n);
}

BASIN_VECTOR_CLONES void runTangentRow(const float *a, const float *t, const float *b, float *z,
                                       float *dz, float *p, int64_t n) {
  softplusTangentRow(a, t, b, z, dz, p, n);
}
void runTangentRow(const double *a, const double *t, const double *b, double *z, double *dz,
                   double *p, int64_t n) {
  softplusTangentRow(a, t, b, z, dz, p, n);
}

BASIN_VECTOR_CLONES void runTangentRowBackward(const float *gz, const float *gdz, const float *t,
                                               const float *p, float *ga, float *gda, int64_t n) {
  softplusTangentRowBackward(gz, gdz, t, p, ga, gda, n);
}
void runTangentRowBackward(const double *gz, const double *gdz, const double *t, const double *p,
                           double *ga, double *gda, int64_t n) {
  softplusTangentRowBackward(gz, gdz, t, p, ga, gda, n);
}

template <typename Scalar>
void softplusLanes(const at::Tensor &a, const at::Tensor &bias, const int64_t *offsets, int groups,
                   int lanes, bool rising, at::Tensor &z, at::Tensor &slope) {
  const int64_t width = a.size(1), points = a.size(0) / lanes;
  const Scalar *from = elements<Scalar>(a), *biases = elements<Scalar>(bias);
  Scalar *values = z.mutable_data_ptr<Scalar>(), *slopes = slope.mutable_data_ptr<Scalar>();
  // Of each group: softplus(bias) and its slope, by the same loop as everything else.
  std::vector<Scalar> origin(rising ? 3 * groups * width : 0, Scalar(0));
  Scalar *bases = nullptr, *shares = nullptr;
  if (rising) {
    bases = origin.data();
    shares = bases + groups * width;
    const Scalar *zeros = shares + groups * width;
    for (int g = 0; g < groups; ++g)
      runRow(zeros, biases + g * width, bases + g * width, shares + g * width, width);
  }
  at::parallel_for(0, points, std::max<int64_t>(1, 8192 / width), [&](int64_t begin, int64_t end) {
    int group = 0;
    for (int64_t i = begin; i < end; ++i) {
      while (group + 1 < groups && i >= offsets[group + 1]) ++group;
      const Scalar *row = from + i * lanes * width, *b = biases + group * width;
      Scalar *out = values + i * lanes * width, *p = slopes + i * width;
      if (rising) {
        runRiseRow(row, b, bases + group * width, shares + group * width, out, p, width);
        if (lanes == 2) runProductRow(p, row + width, out + width, width);
      } else if (lanes == 1) {
        runRow(row, b, out, p, width);
      } else {
        runTangentRow(row, row + width, b, out, out + width, p, width);
      }
    }
  });
}

template <typename Scalar>
void softplusLanesBackward(const at::Tensor &gradient, const at::Tensor &a, const at::Tensor &slope,
                           int lanes, at::Tensor &out) {
  const int64_t width = a.size(1), points = a.size(0) / lanes;
  const Scalar *g = elements<Scalar>(gradient), *from = elements<Scalar>(a),
               *slopes = elements<Scalar>(slope);
  Scalar *to = out.mutable_data_ptr<Scalar>();
  at::parallel_for(0, points, std::max<int64_t>(1, 8192 / width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t at = i * lanes * width;
      runTangentRowBackward(g + at, g + at + width, from + at + width, slopes + i * width, to + at,
                            to + at + width, width);
    }
  });
}

/// bias [G, n] repeated for the rows of each group.
at::Tensor biasRows(const at::Tensor &bias, const int64_t *offsets, int groups) {
  std::vector<at::Tensor> rows;
  for (int g = 0; g < groups; ++g)
    rows.push_back(bias.narrow(0, g, 1).expand({offsets[g + 1] - offsets[g], bias.size(1)}));
  return at::cat(rows);
}

}  // namespace

CTTensor ct_fast_tanh(CTTensor handle) {
  return guardedTensor([&]() -> at::Tensor {
    at::NoGradGuard guard;
    if (!isPlainFloat(unwrap(handle))) return unwrap(handle).tanh();
    auto a = unwrap(handle).contiguous();
    auto out = at::empty_like(a);
    at::parallel_for(0, a.numel(), 16384, [&](int64_t begin, int64_t end) {
      if (a.scalar_type() == at::kFloat)
        run(elements<float>(a) + begin, out.mutable_data_ptr<float>() + begin, end - begin);
      else
        run(elements<double>(a) + begin, out.mutable_data_ptr<double>() + begin, end - begin);
    });
    return out;
  });
}

CTTensor ct_tanh_backward(CTTensor gradient, CTTensor value) {
  return guardedTensor([&] {
    at::NoGradGuard guard;
    return at::tanh_backward(unwrap(gradient), unwrap(value));
  });
}

int ct_softplus_lanes(CTTensor input, CTTensor bias, const int64_t *offsets, int groups, int lanes,
                      bool rising, CTTensor *z, CTTensor *slope) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    auto a = unwrap(input).contiguous();
    TORCH_CHECK(lanes == 1 || lanes == 2, "one or two lanes, not ", lanes);
    TORCH_CHECK(a.dim() == 2 && a.size(0) == offsets[groups] * lanes && unwrap(bias).size(0) == groups &&
                    unwrap(bias).size(1) == a.size(1),
                "softplus of ", a.sizes(), " with bias ", unwrap(bias).sizes());
    if (isPlainFloat(a)) {
      auto values = at::empty_like(a);
      auto slopes = at::empty({a.size(0) / lanes, a.size(1)}, a.options());
      auto biases = unwrap(bias).contiguous();
      if (a.scalar_type() == at::kFloat)
        softplusLanes<float>(a, biases, offsets, groups, lanes, rising, values, slopes);
      else
        softplusLanes<double>(a, biases, offsets, groups, lanes, rising, values, slopes);
      *z = wrap(values);
      *slope = wrap(slopes);
    } else {
      auto rows = a.view({-1, lanes, a.size(1)});
      auto given = rows.select(1, 0), biases = biasRows(unwrap(bias), offsets, groups);
      auto shifted = given + biases;
      auto slopes = shifted.sigmoid();
      auto result = at::softplus(shifted);
      if (rising) {
        auto size = given.abs(), share = at::where(given < 0, slopes, biases.sigmoid());
        auto small = (share * size.expm1()).log1p() * given.sign();
        result = at::where(size <= smallRise, small, result - at::softplus(biases));
      }
      if (lanes == 2) result = at::stack({result, rows.select(1, 1) * slopes}, 1).view({-1, a.size(1)});
      *z = wrap(result);
      *slope = wrap(slopes);
    }
  });
}

CTTensor ct_softplus_lanes_backward(CTTensor gradient, CTTensor input, CTTensor slope, int lanes) {
  return guardedTensor([&]() -> at::Tensor {
    at::NoGradGuard guard;
    const auto &p = unwrap(slope);
    auto g = unwrap(gradient).contiguous();
    if (lanes == 1) return g * p;
    auto a = unwrap(input).contiguous();
    auto out = at::empty_like(a);
    if (isPlainFloat(a)) {
      if (a.scalar_type() == at::kFloat)
        softplusLanesBackward<float>(g, a, p, lanes, out);
      else
        softplusLanesBackward<double>(g, a, p, lanes, out);
    } else {
      auto rows = g.view({-1, 2, g.size(1)});
      auto tangent = a.view({-1, 2, a.size(1)}).select(1, 1);
      auto result = rows * p.unsqueeze(1);
      result.select(1, 0).add_(rows.select(1, 1) * (p * (1 - p) * tangent));
      out = result.view(a.sizes());
    }
    return out;
  });
}
