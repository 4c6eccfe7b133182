// Iterations of the alternating direction method of multipliers for sparse recovery, a right-hand
// side a row. What they compute is written down in Splitting.swift; the same in tensor operations,
// which the tests compare, is in SplittingState+Plain.swift.
//
// Every vector v of length n is kept together with G'v, so that an iteration multiplies by G once:
// G'z is summed over the few elements of z that are not 0, and the others follow linearly. The time
// of that one product is the time to read G. So the first iteration of a call multiplies in
// float64, and the others add G times the change of s since, in float32: what is rounded vanishes
// with the changes as the iterations converge.

#include "Handles.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>

#include <cmath>

using namespace basin;

#pragma clang fp contract(fast)

namespace {

/// A row of `scalars`.
struct Row {
  double rho, weight, radius;
  /// y = sigma d and v = phi d.
  double sigma, phi;
  /// Sum of |z|^p, p = 1 or 1/2.
  double numerator;
  /// Of the last iteration: |x - z|, |x - y|, |x - previous x|, |z - previous z|.
  double sparseGap, ratioGap, change, sparseChange;
};
static_assert(sizeof(Row) == CT_SPLITTING_SCALARS * sizeof(double));

/// out = (a u + b - c) scale + shift
BASIN_VECTOR_CLONES
void combine(const double *u, const double *b, const double *c, const double *shift, double a,
             double scale, double shiftScale, int64_t n, double *out) {
  if (shift) {
    for (int64_t i = 0; i < n; ++i)
      out[i] = (a * u[i] + b[i] - c[i]) * scale + shift[i] * shiftScale;
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = (a * u[i] + b[i] - c[i]) * scale;
  }
}

/// s = (target - t) / (l + c), t + l s in place of t.
BASIN_VECTOR_CLONES
void damp(const double *target, const double *l, double c, double floor, int64_t r, double *t,
          double *s) {
  for (int64_t i = 0; i < r; ++i) {
    s[i] = l[i] > floor ? (target[i] - t[i]) / (l[i] + c) : 0;
    t[i] += l[i] * s[i];
  }
}

/// Sums of gap^2 / (1 + mu l)^2 and of gap^2 l / (1 + mu l)^3.
BASIN_VECTOR_CLONES
void ballSums(const double *target, const double *t, const double *l, double mu, int64_t r,
              double *sums) {
#pragma clang fp reassociate(on)
  double size = 0, slope = 0;
  for (int64_t i = 0; i < r; ++i) {
    const double factor = 1 / (1 + mu * l[i]);
    const double gap = (target[i] - t[i]) * factor;
    size += gap * gap;
    slope += gap * gap * l[i] * factor;
  }
  sums[0] = size;
  sums[1] = slope;
}

/// 1 / mu for the point of the ball nearest to t; infinite where t is in it.
double ballDamping(const double *target, const double *t, const double *l, double radius,
                   int64_t r) {
  double mu = 0;
  for (int step = 0; step < 60; ++step) {
    double sums[2];
    ballSums(target, t, l, mu, r, sums);
    const double size = std::sqrt(sums[0]);
    if (size <= radius * (1 + 1e-13) || !(sums[1] > 0)) break;
    mu += (size / radius - 1) * sums[0] / sums[1];
  }
  return mu > 0 ? 1 / mu : INFINITY;
}

/// out = a - b; then b = a.
BASIN_VECTOR_CLONES
void changes(const double *a, int64_t n, double *b, float *out) {
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(a[i] - b[i]);
    b[i] = a[i];
  }
}

/// sum += b
BASIN_VECTOR_CLONES
void addTo(const float *b, int64_t n, double *sum) {
  for (int64_t i = 0; i < n; ++i) sum[i] += static_cast<double>(b[i]);
}

/// x = p + q, d = x + phi d; returns |d|^2, and |x - previous x|^2 in `change`.
BASIN_VECTOR_CLONES
double gather(const double *p, const double *q, double phi, int64_t n, double *x, double *d,
              double *change) {
#pragma clang fp reassociate(on)
  double size = 0, moved = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double value = p[i] + q[i];
    const double step = value - x[i];
    moved += step * step;
    x[i] = value;
    d[i] = value + phi * d[i];
    size += d[i] * d[i];
  }
  *change = moved;
  return size;
}

/// |x - sigma d|^2
BASIN_VECTOR_CLONES
double gapSquared(const double *x, const double *d, double sigma, int64_t n) {
#pragma clang fp reassociate(on)
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += (x[i] - sigma * d[i]) * (x[i] - sigma * d[i]);
  return sum;
}

/// w += x, the prox's argument; whether any is above the threshold is told by the caller's loop.
BASIN_VECTOR_CLONES
void addTo(const double *x, int64_t n, double *w) {
  for (int64_t i = 0; i < n; ++i) w[i] += x[i];
}

/// t - eta for the t > 0 that minimises a / t^(1/2) + rho / 2 (t - eta)^2, D = a / (2 rho).
double halfDelta(double eta, double D) {
  if (!(D > 0)) return 0;
  double delta = std::pow(D, 0.4);
  if (eta > 0) delta = std::min(delta, D / (eta * std::sqrt(eta)));
  for (int step = 0; step < 40; ++step) {
    const double t = eta + delta, root = std::sqrt(t);
    const double move = (t * root * delta - D) / (1.5 * root * delta + t * root);
    delta -= move;
    if (std::abs(move) <= 1e-16 * delta) break;
  }
  return delta;
}

/// t - eta for a / t: t^2 (t - eta) = D, D = a / rho.
double firstDelta(double eta, double D) {
  if (!(D > 0)) return 0;
  double delta = std::cbrt(D);
  if (eta > 0) delta = std::min(delta, D / (eta * eta));
  for (int step = 0; step < 40; ++step) {
    const double t = eta + delta;
    const double move = (t * t * delta - D) / (2 * t * delta + t * t);
    delta -= move;
    if (std::abs(move) <= 1e-16 * delta) break;
  }
  return delta;
}

/// Adds a few multiples of rows of G to a vector at a time.
BASIN_VECTOR_CLONES
void addRows(const double *g, const int64_t *rows, const double *factors, int64_t count, int64_t r,
             double *sum) {
  int64_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const double *a = g + rows[k] * r, *b = g + rows[k + 1] * r;
    const double *c = g + rows[k + 2] * r, *d = g + rows[k + 3] * r;
    const double f0 = factors[k], f1 = factors[k + 1], f2 = factors[k + 2], f3 = factors[k + 3];
    for (int64_t j = 0; j < r; ++j) sum[j] += f0 * a[j] + f1 * b[j] + f2 * c[j] + f3 * d[j];
  }
  for (; k < count; ++k) {
    const double *a = g + rows[k] * r;
    for (int64_t j = 0; j < r; ++j) sum[j] += factors[k] * a[j];
  }
}

/// hw += hx - hz
BASIN_VECTOR_CLONES
void addDifference(const double *x, const double *z, int64_t r, double *w) {
  for (int64_t j = 0; j < r; ++j) w[j] += x[j] - z[j];
}

/// Thresholds e, held in w, into z; leaves e - z in w. Lists the elements kept.
struct Kept {
  std::vector<int64_t> places;
  std::vector<double> values;
};

void threshold(bool isHalf, double mu, const double *x, int64_t n, double *w, double *z, Row &row,
               Kept &kept) {
  kept.places.clear();
  kept.values.clear();
  const double limit = isHalf ? 1.5 * std::cbrt(mu * mu) : mu;
  double numerator = 0, gap = 0, moved = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double e = w[i], size = std::abs(e);
    double value = 0;
    if (size > limit) {
      double kept_size;
      if (isHalf) {
        const double third = size / 3;
        const double cosine = std::min(1.0, mu / (4 * third * std::sqrt(third)));
        kept_size = 2 * third * (1 + std::cos((M_PI - std::acos(cosine)) * (2.0 / 3)));
        numerator += std::sqrt(kept_size);
      } else {
        kept_size = size - mu;
        numerator += kept_size;
      }
      value = std::copysign(kept_size, e);
      kept.places.push_back(i);
      kept.values.push_back(value);
    }
    w[i] = e - value;
    moved += (value - z[i]) * (value - z[i]);
    gap += (x[i] - value) * (x[i] - value);
    z[i] = value;
  }
  row.numerator = numerator;
  row.sparseGap = std::sqrt(gap);
  row.sparseChange = std::sqrt(moved);
}

/// Gs for B vectors s that change little from one time to the next.
class Product {
 public:
  Product(const at::Tensor &g, const at::Tensor &rounded, int64_t B)
      : g(g), rounded(rounded), s(at::empty({B, g.size(1)}, g.options())),
        known(at::empty_like(s)), gs(at::empty({B, g.size(0)}, g.options())),
        change(at::empty({B, g.size(1)}, rounded.options())),
        step(at::empty({B, g.size(0)}, rounded.options())) {}

  /// [B, r], to be written before `update`.
  double *factors() { return s.data_ptr<double>(); }
  /// [B, n], as of the last `update`.
  double *values() { return gs.data_ptr<double>(); }

  void update() {
    if (isFirst) {
      multiply(s, g, gs);
      known.copy_(s);
      isFirst = false;
    } else {
      changes(factors(), s.numel(), known.data_ptr<double>(), change.data_ptr<float>());
      multiply(change, rounded, step);
      addTo(step.data_ptr<float>(), step.numel(), values());
    }
  }

 private:
  const at::Tensor &g, &rounded;
  at::Tensor s, known, gs, change, step;
  bool isFirst = true;

  static void multiply(const at::Tensor &factors, const at::Tensor &g, at::Tensor &out) {
    if (factors.size(0) == 1) {
      at::Tensor row = out[0];
      at::mv_out(row, g, factors[0]);
    } else {
      at::mm_out(out, factors, g.t());
    }
  }
};

double *rows(CTTensor tensor, int64_t count, int64_t width) {
  const at::Tensor &t = unwrap(tensor);
  TORCH_CHECK(t.is_cpu() && t.scalar_type() == at::kDouble && t.is_contiguous(),
              "splitting needs contiguous float64 tensors on the CPU");
  TORCH_CHECK(t.numel() == count * width, "splitting: ", t.sizes(), " where [", count, ", ", width,
              "] is expected");
  return t.data_ptr<double>();
}

}  // namespace

int ct_splitting_iterations(const CTSplitting *s, int count) {
  return guardedStatus([&] {
    const c10::InferenceMode guard;
    const at::Tensor &basis = unwrap(s->basis);
    const int64_t n = basis.size(0), r = basis.size(1), B = unwrap(s->x).size(0);
    const double *g = rows(s->basis, n, r), *l = rows(s->eigenvalues, 1, r);
    const double *target = rows(s->targets, B, r);
    double *x = rows(s->x, B, n), *d = rows(s->d, B, n), *w = rows(s->w, B, n);
    double *z = rows(s->z, B, n), *hd = rows(s->hd, B, r), *hw = rows(s->hw, B, r);
    double *hz = rows(s->hz, B, r);
    const double *offset = s->offset ? rows(s->offset, B, n) : nullptr;
    const double *hOffset = s->offset ? rows(s->h_offset, B, r) : nullptr;
    Row *row = reinterpret_cast<Row *>(rows(s->scalars, B, CT_SPLITTING_SCALARS));
    const double kappa = s->kappa, inverse = 1 / (1 + kappa);

    const at::Tensor &rounded = unwrap(s->rounded_basis);
    TORCH_CHECK(rounded.scalar_type() == at::kFloat && rounded.sizes() == basis.sizes(),
                "splitting needs G in float32 too");
    Product product(basis, rounded, B);
    const at::Tensor zTensor = unwrap(s->z);
    at::Tensor hzTensor = unwrap(s->hz);
    std::vector<double> base(B * n), hx(B * r);
    std::vector<Kept> kept(B);

    for (int iteration = 0; iteration < count; ++iteration) {
      double *c = product.factors(), *p = product.values();
      at::parallel_for(0, B, 1, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          const Row &now = row[b];
          const double a = kappa * (now.sigma - now.phi), shift = inverse / now.rho;
          combine(d + b * n, z + b * n, w + b * n, offset ? offset + b * n : nullptr, a, inverse,
                  shift, n, base.data() + b * n);
          double *t = hx.data() + b * r;
          combine(hd + b * r, hz + b * r, hw + b * r, hOffset ? hOffset + b * r : nullptr, a,
                  inverse, shift, r, t);
          double damping = 0, floor = s->floor;
          if (s->fidelity == CT_LEAST_SQUARES) {
            damping = now.rho * (1 + kappa);
            floor = -1;
          } else if (s->fidelity == CT_BALL) {
            damping = ballDamping(target + b * r, t, l, now.radius, r);
            floor = -1;
          }
          damp(target + b * r, l, damping, floor, r, t, c + b * r);
        }
      });
      product.update();
      at::parallel_for(0, B, 1, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          Row &now = row[b];
          double *xb = x + b * n, *hxb = hx.data() + b * r;
          double change, mu = now.weight / now.rho;
          if (s->is_ratio) {
            const double size =
                gather(p + b * n, base.data() + b * n, now.phi, n, xb, d + b * n, &change);
            for (int64_t j = 0; j < r; ++j) hd[b * r + j] = hxb[j] + now.phi * hd[b * r + j];
            const double eta = std::sqrt(size), a = now.weight * now.numerator;
            const double root = kappa * now.rho;
            double length = eta + (s->is_half ? halfDelta(eta, a / (2 * root))
                                              : firstDelta(eta, a / root));
            length = std::min(length, std::max(eta, CT_SPLITTING_LONGEST));
            now.sigma = eta > 0 ? length / eta : 1;
            now.phi = 1 - now.sigma;
            mu /= s->is_half ? std::sqrt(length) : length;
            now.ratioGap = std::sqrt(gapSquared(xb, d + b * n, now.sigma, n));
          } else {
            gather(p + b * n, base.data() + b * n, 0, n, xb, d + b * n, &change);
          }
          now.change = std::sqrt(change);
          addTo(xb, n, w + b * n);
          threshold(s->is_half, mu, xb, n, w + b * n, z + b * n, now, kept[b]);
        }
      });
      int64_t nonzeros = 0;
      for (const Kept &row : kept) nonzeros += row.places.size();
      // Dense products are quicker where many elements are kept.
      const bool isDense = B > 4 && nonzeros * 16 > B * n;
      if (isDense) at::mm_out(hzTensor, zTensor, basis);
      at::parallel_for(0, B, 1, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          if (!isDense) {
            std::fill(hz + b * r, hz + (b + 1) * r, 0.0);
            addRows(g, kept[b].places.data(), kept[b].values.data(), kept[b].places.size(), r,
                    hz + b * r);
          }
          addDifference(hx.data() + b * r, hz + b * r, r, hw + b * r);
        }
      });
    }
  });
}
