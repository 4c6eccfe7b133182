// The stages of explicit Runge-Kutta steps of f(y) = W2 tanh(W0 y + b0) + b2, as one node of the graph. The products of
// a batch of small states take a few microseconds each, and libtorch's operators around them, each with a node of its
// own, ten times as long. All stages of a few rows are computed while these are in the cache, and a row is rounded in
// one order, whatever the others are and however many.

#include "FastTanh.h"
#include "GraphNode.h"
#include "Handles.h"
#include "MatrixProduct.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <vector>

using namespace basin;

#pragma clang fp contract(fast)

namespace {

/// Columns of a panel, which are summed at a time, and rows of a product that are kept in registers together.
constexpr int lanes = 16, tileRows = 6;
/// Rows that go through all stages together.
constexpr int64_t blockRows = 24;

// MARK: - Loops

/// out = a B + bias for `rows` rows of a [.., k] and one panel [k, lanes] of B; `width` columns of it count.
template <int rows, typename Scalar>
BASIN_INLINE void tile(const Scalar *a, int64_t k, const Scalar *panel, const Scalar *bias, int64_t width,
                       Scalar *out, int64_t n) {
  Scalar sum[rows][lanes] = {};
  for (int64_t i = 0; i < k; ++i, panel += lanes)
    for (int row = 0; row < rows; ++row) {
      const Scalar x = a[row * k + i];
      for (int lane = 0; lane < lanes; ++lane) sum[row][lane] += x * panel[lane];
    }
  for (int row = 0; row < rows; ++row) {
    if (width == lanes && bias) {
      for (int lane = 0; lane < lanes; ++lane) out[row * n + lane] = sum[row][lane] + bias[lane];
    } else {
      for (int64_t lane = 0; lane < width; ++lane)
        out[row * n + lane] = bias ? sum[row][lane] + bias[lane] : sum[row][lane];
    }
  }
}

/// out [rows, n] = a [rows, k] B + bias, of B in panels; no bias where it is null.
template <typename Scalar>
BASIN_INLINE void product(const Scalar *a, int64_t rows, int64_t k, const Scalar *panels, const Scalar *bias,
                          Scalar *out, int64_t n) {
  for (int64_t column = 0; column < n; column += lanes, panels += k * lanes) {
    const int64_t width = std::min<int64_t>(lanes, n - column);
    const Scalar *shift = bias ? bias + column : nullptr;
    int64_t row = 0;
    for (; row + tileRows <= rows; row += tileRows)
      tile<tileRows>(a + row * k, k, panels, shift, width, out + row * n + column, n);
    for (; row + 2 <= rows; row += 2)
      tile<2>(a + row * k, k, panels, shift, width, out + row * n + column, n);
    if (row < rows) tile<1>(a + row * k, k, panels, shift, width, out + row * n + column, n);
  }
}

template <typename Scalar>
BASIN_INLINE void tanhLoop(Scalar *values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) values[i] = tanhOf(values[i]);
}

/// Through tanh at its values; 0 where nothing comes, though a value be no number.
template <typename Scalar>
BASIN_INLINE void tanhLoopBackward(const Scalar *values, Scalar *gradients, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const Scalar through = gradients[i] * (1 - values[i] * values[i]);
    gradients[i] = gradients[i] == 0 ? Scalar(0) : through;
  }
}

template <typename Scalar>
BASIN_INLINE void addScaled(Scalar weight, const Scalar *from, Scalar *to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += weight * from[i];
}

BASIN_VECTOR_CLONES void hiddenValues(const float *y, int64_t rows, int64_t width, const float *panels, const float *bias,
                                      float *hidden, int64_t units) {
  product(y, rows, width, panels, bias, hidden, units);
  tanhLoop(hidden, rows * units);
}
void hiddenValues(const double *y, int64_t rows, int64_t width, const double *panels, const double *bias, double *hidden,
                  int64_t units) {
  product(y, rows, width, panels, bias, hidden, units);
  tanhLoop(hidden, rows * units);
}

BASIN_VECTOR_CLONES void multiply(const float *a, int64_t rows, int64_t k, const float *panels, const float *bias,
                                  float *out, int64_t n) {
  product(a, rows, k, panels, bias, out, n);
}
void multiply(const double *a, int64_t rows, int64_t k, const double *panels, const double *bias, double *out, int64_t n) {
  product(a, rows, k, panels, bias, out, n);
}

BASIN_VECTOR_CLONES void hiddenGradients(const float *given, int64_t rows, int64_t width, const float *panels,
                                         const float *hidden, float *out, int64_t units) {
  product<float>(given, rows, width, panels, nullptr, out, units);
  tanhLoopBackward(hidden, out, rows * units);
}
void hiddenGradients(const double *given, int64_t rows, int64_t width, const double *panels, const double *hidden,
                     double *out, int64_t units) {
  product<double>(given, rows, width, panels, nullptr, out, units);
  tanhLoopBackward(hidden, out, rows * units);
}

BASIN_VECTOR_CLONES void add(float weight, const float *from, float *to, int64_t count) {
  addScaled(weight, from, to, count);
}
void add(double weight, const double *from, double *to, int64_t count) { addScaled(weight, from, to, count); }

// MARK: - A step

/// What the stages of a step go by, for states [rows, width] and `units` hidden units.
struct Step {
  int64_t rows, width, units;
  int stages;
  /// a_ij, i values for stage i = 1, 2, ..., and the step of each row.
  std::vector<double> coefficients, sizes;

  /// h a_ij of a row.
  double weight(int stage, int term, int64_t row) const {
    return sizes[row] * coefficients[stage * (stage + 1) / 2 + term];
  }

  /// Runs `body` on blocks of rows, shared out among the threads.
  template <typename Body>
  void forEachBlock(Body body) const {
    // About 2^18 multiplications are worth another thread.
    const int64_t work = std::max<int64_t>(1, 2 * stages * width * units);
    at::parallel_for(0, rows, std::max<int64_t>(blockRows, (1 << 18) / work), [&](int64_t begin, int64_t end) {
      for (int64_t first = begin; first < end; first += blockRows) body(first, std::min(blockRows, end - first));
    });
  }
};

/// Element pointers of some tensors; null for ones that are not there.
template <typename Scalar>
std::vector<const Scalar *> pointers(const std::vector<at::Tensor> &tensors) {
  std::vector<const Scalar *> result;
  for (auto &tensor : tensors) result.push_back(tensor.defined() ? elements<Scalar>(tensor) : nullptr);
  return result;
}

/// slopes: k_0, and room for k_1, ...; points and hidden: room for those of each stage.
template <typename Scalar>
void forward(const Step &step, const at::Tensor &state, const std::vector<at::Tensor> &slopes, const at::Tensor &points,
             const at::Tensor &hidden, const at::Tensor &inPanels, const at::Tensor &inBias, const at::Tensor &outPanels,
             const at::Tensor &outBias) {
  const int64_t width = step.width, units = step.units;
  const Scalar *start = elements<Scalar>(state);
  std::vector<Scalar *> k;
  for (auto &slope : slopes) k.push_back(static_cast<Scalar *>(slope.data_ptr()));
  Scalar *point = static_cast<Scalar *>(points.data_ptr()), *values = static_cast<Scalar *>(hidden.data_ptr());
  const Scalar *in = elements<Scalar>(inPanels), *out = elements<Scalar>(outPanels);
  const Scalar *inShift = elements<Scalar>(inBias), *outShift = elements<Scalar>(outBias);
  step.forEachBlock([&](int64_t first, int64_t count) {
    for (int stage = 0; stage < step.stages; ++stage) {
      const int64_t place = stage * step.rows + first;
      Scalar *y = point + place * width, *h = values + place * units;
      std::copy_n(start + first * width, count * width, y);
      for (int64_t row = 0; row < count; ++row)
        for (int term = 0; term <= stage; ++term)
          if (const double weight = step.weight(stage, term, first + row); weight != 0)
            add(static_cast<Scalar>(weight), k[term] + (first + row) * width, y + row * width, width);
      hiddenValues(y, count, width, in, inShift, h, units);
      multiply(h, count, units, out, outShift, k[stage + 1] + first * width, width);
    }
  });
}

/// The derivatives with respect to the state and k_0, and with respect to what each layer of each stage gives.
///
/// - given: with respect to k_1, ..., and the last point, undefined where there is none.
/// - start, first: begin as zeros. ofSlopes [stages, rows, width], ofHidden [stages, rows, units]: room.
template <typename Scalar>
void backward(const Step &step, const std::vector<at::Tensor> &given, const at::Tensor &hidden,
              const at::Tensor &outPanels, const at::Tensor &inPanels, const at::Tensor &start, const at::Tensor &first,
              const at::Tensor &ofSlopes, const at::Tensor &ofHidden) {
  const int64_t width = step.width, units = step.units;
  const auto from = pointers<Scalar>(given);
  const Scalar *values = elements<Scalar>(hidden);
  const Scalar *out = elements<Scalar>(outPanels), *in = elements<Scalar>(inPanels);
  Scalar *gs = static_cast<Scalar *>(start.data_ptr()), *g0 = static_cast<Scalar *>(first.data_ptr());
  Scalar *slopes = static_cast<Scalar *>(ofSlopes.data_ptr()), *inner = static_cast<Scalar *>(ofHidden.data_ptr());
  step.forEachBlock([&](int64_t begin, int64_t count) {
    std::vector<Scalar> point(count * width);
    auto slot = [&](int stage) { return slopes + (stage * step.rows + begin) * width; };
    for (int stage = 0; stage < step.stages; ++stage) {
      if (from[stage])
        std::copy_n(from[stage] + begin * width, count * width, slot(stage));
      else
        std::fill_n(slot(stage), count * width, Scalar(0));
    }
    for (int stage = step.stages - 1; stage >= 0; --stage) {
      const int64_t place = (stage * step.rows + begin) * units;
      hiddenGradients(slot(stage), count, width, out, values + place, inner + place, units);
      multiply(inner + place, count, units, in, static_cast<const Scalar *>(nullptr), point.data(), width);
      if (stage == step.stages - 1 && from[step.stages])
        add(Scalar(1), from[step.stages] + begin * width, point.data(), count * width);
      add(Scalar(1), point.data(), gs + begin * width, count * width);
      for (int64_t row = 0; row < count; ++row)
        for (int term = 0; term <= stage; ++term)
          if (const double weight = step.weight(stage, term, begin + row); weight != 0)
            add(static_cast<Scalar>(weight), point.data() + row * width,
                (term == 0 ? g0 + begin * width : slot(term - 1)) + row * width, width);
    }
  });
}

/// a^T b of matrices with as many rows.
at::Tensor transposedProduct(const at::Tensor &a, const at::Tensor &b) {
  const auto left = a.t(), right = b.t();
  return prefersOneDNN(a, left.size(0) * a.size(0) * right.size(0)) ? oneDNNProduct(left, right) : at::mm(left, b);
}

// MARK: - The node

/// Inputs: the state, k_0, W0, b0, W2, b2. Outputs: k_1, ..., and the last point.
struct PerceptronStagesNode : torch::autograd::Node {
  Step step;
  at::Tensor hidden, points, outPanels, inPanels;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    at::NoGradGuard guard;
    torch::autograd::variable_list results(6);
    at::Tensor like;
    for (auto &gradient : gradients)
      if (gradient.defined()) {
        gradient = gradient.contiguous();
        like = gradient;
      }
    if (!like.defined()) return results;
    results[0] = at::zeros_like(like);
    results[1] = at::zeros_like(like);
    const auto ofSlopes = at::empty({step.stages, step.rows, step.width}, like.options());
    const auto ofHidden = at::empty({step.stages, step.rows, step.units}, like.options());
    if (like.scalar_type() == at::kFloat)
      backward<float>(step, gradients, hidden, outPanels, inPanels, results[0], results[1], ofSlopes, ofHidden);
    else
      backward<double>(step, gradients, hidden, outPanels, inPanels, results[0], results[1], ofSlopes, ofHidden);
    bool wantsLayers = false;
    for (int i = 2; i < 6; ++i) wantsLayers = wantsLayers || task_should_compute_output(i);
    if (wantsLayers) ofLayers(ofSlopes.view({-1, step.width}), ofHidden.view({-1, step.units}), results);
    return results;
  }

  void ofLayers(const at::Tensor &ofSlopes, const at::Tensor &ofHidden, torch::autograd::variable_list &results) {
    // Rows that nothing depends on may hold what is no number, which times 0 is not 0.
    const auto isIdle = (ofSlopes == 0).all(1, true);
    const auto values = hidden.view({-1, step.units}).masked_fill(isIdle, 0);
    const auto states = points.view({-1, step.width}).masked_fill(isIdle, 0);
    if (task_should_compute_output(2)) results[2] = transposedProduct(ofHidden, states);
    if (task_should_compute_output(3)) results[3] = ofHidden.sum(0);
    if (task_should_compute_output(4)) results[4] = transposedProduct(ofSlopes, values);
    if (task_should_compute_output(5)) results[5] = ofSlopes.sum(0);
  }

  void release_variables() override {
    hidden.reset();
    points.reset();
    outPanels.reset();
    inPanels.reset();
  }

  std::string name() const override { return "BasinPerceptronStages"; }
};

}  // namespace

bool ct_is_plain_float(CTTensor tensor) { return isPlainFloat(unwrap(tensor)); }

CTTensor ct_panels(CTTensor matrix, bool transposed) {
  return guardedTensor([&] {
    at::NoGradGuard guard;
    const auto &given = unwrap(matrix);
    const auto m = transposed ? given.t() : given;
    const int64_t count = (m.size(1) + lanes - 1) / lanes, missing = count * lanes - m.size(1);
    const auto filled = missing ? at::constant_pad_nd(m, {0, missing}) : m;
    return filled.view({m.size(0), count, lanes}).permute({1, 0, 2}).contiguous();
  });
}

int ct_perceptron_stages(CTTensor initial, CTTensor derivative, const CTTensor *layers, const CTTensor *panels,
                         const double *coefficients, int stages, const double *sizes, CTTensor *results) {
  return guardedStatus([&] {
    const auto given = unwrap(layers, 4), packed = unwrap(panels, 4);
    std::vector<at::Tensor> inputs{unwrap(initial), unwrap(derivative)};
    inputs.insert(inputs.end(), given.begin(), given.end());
    const bool recording = torch::autograd::compute_requires_grad(inputs);
    at::NoGradGuard guard;
    const auto state = inputs[0].contiguous();
    const int64_t units = given[0].size(0), width = given[0].size(1);
    TORCH_CHECK(stages > 0 && state.dim() == 2 && state.size(1) == width && inputs[1].sizes() == state.sizes() &&
                    given[2].size(0) == width && given[2].size(1) == units && isPlainFloat(state) &&
                    given[0].scalar_type() == state.scalar_type(),
                "stages of states ", state.sizes(), " by layers ", given[0].sizes(), " and ", given[2].sizes());
    Step step{state.size(0), width, units, stages, {}, {}};
    step.coefficients.assign(coefficients, coefficients + stages * (stages + 1) / 2);
    step.sizes.assign(sizes, sizes + step.rows);
    std::vector<at::Tensor> slopes{inputs[1].contiguous()};
    for (int i = 0; i < stages; ++i) slopes.push_back(at::empty(state.sizes(), state.options()));
    const auto points = at::empty({stages, step.rows, width}, state.options());
    const auto hidden = at::empty({stages, step.rows, units}, state.options());
    const auto inBias = given[1].contiguous(), outBias = given[3].contiguous();
    if (state.scalar_type() == at::kFloat)
      forward<float>(step, state, slopes, points, hidden, packed[0], inBias, packed[1], outBias);
    else
      forward<double>(step, state, slopes, points, hidden, packed[0], inBias, packed[1], outBias);
    // A copy, so that a state does not keep the points of all stages.
    slopes.push_back(points[stages - 1].clone());
    if (recording) {
      auto node = makeNode<PerceptronStagesNode>();
      node->step = std::move(step);
      node->hidden = hidden;
      bool wantsLayers = false;
      for (auto &layer : given) wantsLayers = wantsLayers || layer.requires_grad();
      if (wantsLayers) node->points = points;
      node->outPanels = packed[2];
      node->inPanels = packed[3];
      node->set_next_edges(torch::autograd::collect_next_edges(inputs));
      for (int i = 1; i <= stages + 1; ++i) torch::autograd::set_history(slopes[i], node);
    }
    for (int i = 1; i <= stages + 1; ++i) results[i - 1] = wrap(slopes[i]);
  });
}
