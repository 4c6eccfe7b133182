// The passes over memory that integrating a differential equation adds to its field's own work.

#include "GraphNode.h"
#include "Handles.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace basin;

namespace {

bool isPlain(const at::Tensor &tensor, at::ScalarType type) {
  return tensor.scalar_type() == type && isPlainFloat(tensor);
}

/// Contiguous terms of the shape of `base`, or an error; `plain` tells whether the loops below
/// can read them.
std::vector<at::Tensor> checked(const at::Tensor &base, std::vector<at::Tensor> terms, bool &plain) {
  plain = isPlain(base, base.scalar_type());
  for (auto &term : terms) {
    TORCH_CHECK(term.sizes() == base.sizes(), "shapes ", base.sizes(), " and ", term.sizes());
    plain = plain && isPlain(term, base.scalar_type());
    term = term.contiguous();
  }
  return terms;
}

template <typename Scalar>
std::vector<const Scalar *> pointers(const std::vector<at::Tensor> &tensors) {
  std::vector<const Scalar *> result;
  for (auto &tensor : tensors) result.push_back(elements<Scalar>(tensor));
  return result;
}

/// sum += sum_k weights[k] * terms[k] over `length` elements from `offset` of each term, in the
/// order of the terms.
template <typename Scalar>
void accumulate(Scalar *__restrict sum, const std::vector<const Scalar *> &terms,
                const Scalar *weights, int64_t offset, int64_t length) {
  size_t k = 0;
  for (; k + 1 < terms.size(); k += 2) {
    const Scalar *__restrict a = terms[k] + offset, *__restrict b = terms[k + 1] + offset;
    const Scalar p = weights[k], q = weights[k + 1];
    for (int64_t i = 0; i < length; ++i) sum[i] = (sum[i] + p * a[i]) + q * b[i];
  }
  if (k < terms.size()) {
    const Scalar *__restrict a = terms[k] + offset;
    const Scalar p = weights[k];
    for (int64_t i = 0; i < length; ++i) sum[i] += p * a[i];
  }
}

// MARK: - Combination with a weight a row

/// `weights` as a tensor whose column k multiplies term k of the shape of `like`.
at::Tensor column(const std::vector<double> &weights, size_t k, size_t count, const at::Tensor &like) {
  std::vector<double> values;
  for (size_t r = k; r < weights.size(); r += count) values.push_back(weights[r]);
  std::vector<int64_t> shape(like.dim(), 1);
  shape[0] = static_cast<int64_t>(values.size());
  return at::tensor(values, at::kDouble).to(like.options()).reshape(shape);
}

/// The rows that a combination is of: those named, or all.
struct ChosenRows {
  std::vector<int64_t> named;
  bool areNamed = false;

  int64_t operator[](int64_t place) const { return areNamed ? named[place] : place; }

  at::Tensor index(const at::Tensor &like) const {
    return at::tensor(named, at::kLong).to(like.device());
  }
  at::Tensor of(const at::Tensor &tensor) const {
    return areNamed ? tensor.index_select(0, index(tensor)) : tensor;
  }
};

template <typename Scalar>
at::Tensor combineRows(const at::Tensor &base, const std::vector<at::Tensor> &terms,
                       const std::vector<double> &weights, const ChosenRows &chosen, int64_t count) {
  auto sizes = base.sizes().vec();
  const int64_t width = sizes[0] ? base.numel() / sizes[0] : 0;
  sizes[0] = count;
  auto out = at::empty(sizes, base.options());
  auto from = pointers<Scalar>(terms);
  const Scalar *start = elements<Scalar>(base);
  Scalar *to = out.template mutable_data_ptr<Scalar>();
  const std::vector<Scalar> scalars(weights.begin(), weights.end());
  for (int64_t row = 0; row < count; ++row) {
    const int64_t offset = chosen[row] * width;
    std::copy_n(start + offset, width, to + row * width);
    accumulate(to + row * width, from, scalars.data() + row * from.size(), offset, width);
  }
  return out;
}

struct RowCombinationNode : torch::autograd::Node {
  std::vector<double> weights;
  size_t count = 0;
  ChosenRows chosen;
  std::vector<int64_t> shape;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    torch::autograd::variable_list results(count + 1);
    if (!gradients[0].defined()) return results;
    const bool isPlain = isPlainFloat(gradients[0]) && !at::GradMode::is_enabled();
    const auto given = isPlain ? gradients[0].contiguous() : gradients[0];
    for (size_t k = 0; k <= count; ++k)
      if (task_should_compute_output(k)) results[k] = isPlain ? ofPlain(given, k) : of(given, k);
    return results;
  }

  std::string name() const override { return "BasinRowCombination"; }

 private:
  /// The derivative with respect to the base, or to term k - 1.
  at::Tensor of(const at::Tensor &gradient, size_t k) const {
    const auto part = k == 0 ? gradient : gradient * column(weights, k - 1, count, gradient);
    return chosen.areNamed ? at::zeros(shape, part.options()).index_add(0, chosen.index(part), part) : part;
  }

  at::Tensor ofPlain(const at::Tensor &gradient, size_t k) const {
    if (k == 0 && !chosen.areNamed) return gradient;
    auto out = at::zeros(shape, gradient.options());
    if (gradient.scalar_type() == at::kFloat)
      spread<float>(gradient, k, out);
    else
      spread<double>(gradient, k, out);
    return out;
  }

  template <typename Scalar>
  void spread(const at::Tensor &gradient, size_t k, at::Tensor &out) const {
    const int64_t rows = gradient.size(0), width = rows ? gradient.numel() / rows : 0;
    const Scalar *from = elements<Scalar>(gradient);
    Scalar *to = out.mutable_data_ptr<Scalar>();
    for (int64_t row = 0; row < rows; ++row) {
      const Scalar weight = k == 0 ? Scalar(1) : static_cast<Scalar>(weights[row * count + k - 1]);
      const Scalar *__restrict source = from + row * width;
      Scalar *__restrict target = to + chosen[row] * width;
      for (int64_t i = 0; i < width; ++i) target[i] += weight * source[i];
    }
  }
};

// MARK: - Scaled norm

/// Mean square of (sum_k weights[k] terms[k]) / (absolute + relative max(|y0|, |y1|)) over
/// [begin, end), in eight lanes that do not depend on what lies outside that range.
template <typename Scalar>
double meanSquare(const Scalar *y0, const Scalar *y1, const std::vector<const Scalar *> &terms,
                  const std::vector<Scalar> &weights, Scalar absolute, Scalar relative,
                  int64_t begin, int64_t end) {
  constexpr int64_t block = 512, lanes = 8;
  Scalar quotient[block];
  double sums[lanes] = {};
  for (int64_t start = begin; start < end; start += block) {
    const int64_t length = std::min(block, end - start);
    for (int64_t i = 0; i < length; ++i) quotient[i] = 0;
    accumulate(quotient, terms, weights.data(), start, length);
    const Scalar *from = y0 + start, *to = y1 + start;
    for (int64_t i = 0; i < length; ++i) {
      const Scalar a = std::abs(from[i]), b = std::abs(to[i]);
      // b - b is 0, or a NaN where the new state is not finite.
      quotient[i] = quotient[i] / (absolute + relative * (a > b ? a : b)) + (b - b);
    }
    for (int64_t i = length; i % lanes != 0; ++i) quotient[i] = 0;
    for (int64_t i = 0; i < length; i += lanes)
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const double value = quotient[i + lane];
        sums[lane] += value * value;
      }
  }
  double sum = 0;
  for (double lane : sums) sum += lane;
  return sum / static_cast<double>(end - begin);
}

template <typename Scalar>
void scaledNorms(const at::Tensor &y0, const at::Tensor &y1, const std::vector<at::Tensor> &terms,
                 const double *weights, double absolute, double relative, int64_t rows,
                 double *norms) {
  std::vector<Scalar> scalars(weights, weights + terms.size());
  auto from = pointers<Scalar>(terms);
  const int64_t width = y0.numel() / rows;
  for (int64_t row = 0; row < rows; ++row)
    norms[row] = std::sqrt(meanSquare<Scalar>(
        elements<Scalar>(y0), elements<Scalar>(y1), from, scalars,
        static_cast<Scalar>(absolute), static_cast<Scalar>(relative), row * width,
        (row + 1) * width));
}

}  // namespace

CTTensor ct_row_combination(CTTensor base, const CTTensor *terms, const double *weights, int count,
                            const int64_t *rows, int64_t rowCount) {
  return guardedTensor([&] {
    const auto &start = unwrap(base);
    TORCH_CHECK(start.dim() >= 1, "a combination by rows of rank 0");
    auto parts = unwrap(terms, count);
    std::vector<at::Tensor> inputs{start};
    inputs.insert(inputs.end(), parts.begin(), parts.end());
    const bool recording = torch::autograd::compute_requires_grad(inputs);
    ChosenRows chosen;
    if (rows) chosen = {std::vector<int64_t>(rows, rows + rowCount), true};
    const int64_t outRows = rows ? rowCount : start.size(0);
    for (int64_t row : chosen.named)
      TORCH_CHECK(row >= 0 && row < start.size(0), "row ", row, " of ", start.size(0));
    std::vector<double> byRow(weights, weights + outRows * count);
    at::Tensor out;
    {
      at::NoGradGuard guard;
      bool plain;
      parts = checked(start, std::move(parts), plain);
      if (plain) {
        const auto from = start.contiguous();
        out = start.scalar_type() == at::kFloat ? combineRows<float>(from, parts, byRow, chosen, outRows)
                                                : combineRows<double>(from, parts, byRow, chosen, outRows);
      } else {
        out = chosen.of(start);
        for (int k = 0; k < count; ++k) out = out + chosen.of(parts[k]) * column(byRow, k, count, start);
      }
    }
    if (recording) {
      auto node = makeNode<RowCombinationNode>();
      node->weights = std::move(byRow);
      node->count = static_cast<size_t>(count);
      node->chosen = std::move(chosen);
      node->shape = start.sizes().vec();
      node->set_next_edges(torch::autograd::collect_next_edges(inputs));
      torch::autograd::set_history(out, node);
    }
    return out;
  });
}

int ct_scaled_norms(CTTensor before, CTTensor after, const CTTensor *terms, const double *weights,
                    int count, double absolute, double relative, int64_t rows, double *norms) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    const auto y0 = unwrap(before).contiguous();
    auto parts = unwrap(terms, count);
    parts.push_back(unwrap(after));
    bool plain;
    parts = checked(y0, std::move(parts), plain);
    const auto y1 = parts.back();
    parts.pop_back();
    TORCH_CHECK(rows > 0 && y0.numel() % rows == 0, y0.numel(), " elements in ", rows, " rows");
    if (plain && y0.scalar_type() == at::kFloat)
      return scaledNorms<float>(y0, y1, parts, weights, absolute, relative, rows, norms);
    if (plain) return scaledNorms<double>(y0, y1, parts, weights, absolute, relative, rows, norms);
    auto sum = at::zeros_like(y0);
    for (int k = 0; k < count; ++k) sum.add_(parts[k], weights[k]);
    auto tolerance = at::maximum(y0.abs(), y1.abs()).mul_(relative).add_(absolute);
    auto means = (sum.div_(tolerance) + (y1 - y1)).square_().reshape({rows, -1}).mean(1).sqrt();
    means = means.to(at::kCPU, at::kDouble).contiguous();
    std::copy_n(elements<double>(means), rows, norms);
  });
}
