// Convolutions of fixed weights with ReLU behind them: one node of the graph that keeps its result alone,
// and a loop of our own for the gradient of images of few channels, for which libtorch has no quick one.

#include "GraphNode.h"
#include "Handles.h"
#include "VectorClones.h"

#include <ATen/Parallel.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

using namespace basin;

namespace {

/// Products of a window with all taps of a weight are summed in so many lanes at a time.
constexpr int lanes = 16;
/// Windows whose sums are kept in registers together.
constexpr int windows = 6;

/// What the gradient of one image goes by: maps [rows, columns, outputs] of gradients, weights
/// [outputs, blocks * lanes] whose columns are taps (row, column, channel), and a padded image.
struct Windows {
  int64_t rows, columns, outputs, size, stride, channels, blocks, paddedColumns;
};

/// sums[window][tap] = gradients[window] · weights[:, tap] for `count` windows in a row.
template <int count>
BASIN_INLINE void products(const float *gradients, const float *weights, const Windows &w, int64_t block,
                           float *sums) {
  float sum[count][lanes] = {};
  const float *row = weights + block * lanes;
  for (int64_t o = 0; o < w.outputs; ++o, row += w.blocks * lanes)
    for (int k = 0; k < count; ++k) {
      const float g = gradients[k * w.outputs + o];
      for (int lane = 0; lane < lanes; ++lane) sum[k][lane] += g * row[lane];
    }
  for (int k = 0; k < count; ++k)
    for (int lane = 0; lane < lanes; ++lane) sums[(k * w.blocks + block) * lanes + lane] = sum[k][lane];
}

/// Adds the gradient of one image through ReLU and a convolution to the padded image, which begins as zeros.
///
/// - maps: the result of ReLU, which passes what comes where it is not 0.
/// - passed: room for a row of the maps. sums: for `windows * blocks * lanes` numbers.
BASIN_VECTOR_CLONES void imageGradient(const float *gradients, const float *maps, const float *weights,
                                       const Windows &w, float *passed, float *sums, float *image) {
  const int64_t run = w.size * w.channels, rowSize = w.columns * w.outputs;
  for (int64_t row = 0; row < w.rows; ++row) {
    const float *coming = gradients + row * rowSize, *values = maps + row * rowSize;
    for (int64_t i = 0; i < rowSize; ++i) passed[i] = values[i] <= 0 ? 0 : coming[i];
    for (int64_t column = 0; column < w.columns; column += windows) {
      const int64_t count = std::min<int64_t>(windows, w.columns - column);
      const float *given = passed + column * w.outputs;
      for (int64_t block = 0; block < w.blocks; ++block) {
        if (count == windows) {
          products<windows>(given, weights, w, block, sums);
        } else {
          for (int64_t k = 0; k < count; ++k)
            products<1>(given + k * w.outputs, weights, w, block, sums + k * w.blocks * lanes);
        }
      }
      for (int64_t k = 0; k < count; ++k)
        for (int64_t y = 0; y < w.size; ++y) {
          float *pixels = image + ((row * w.stride + y) * w.paddedColumns + (column + k) * w.stride) * w.channels;
          const float *part = sums + k * w.blocks * lanes + y * run;
          for (int64_t i = 0; i < run; ++i) pixels[i] += part[i];
        }
    }
  }
}

/// Whether the loop above is for this convolution: float32 on the CPU with channels innermost, and so few
/// taps a channel of maps that libtorch's kernels, which fill vectors with channels of images, are slow.
bool hasFewTaps(const at::Tensor &gradient, const at::Tensor &weight, at::IntArrayRef image) {
  return isPlainFloat(gradient) && gradient.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat &&
         image[1] <= 4 && weight.size(2) == weight.size(3) && image[1] * weight.size(2) * weight.size(3) <= 64;
}

/// The gradient with respect to images of sizes `shape`, of the one with respect to `result`, their maps behind ReLU.
at::Tensor smallGradient(const at::Tensor &given, const at::Tensor &result, const at::Tensor &weight,
                         at::IntArrayRef shape, int64_t stride, int64_t padding) {
  const auto gradient = given.permute({0, 2, 3, 1}).contiguous(), maps = result.permute({0, 2, 3, 1}).contiguous();
  Windows w{gradient.size(1), gradient.size(2), gradient.size(3), weight.size(2), stride, shape[1], 0, 0};
  const int64_t taps = w.size * w.size * w.channels;
  w.blocks = (taps + lanes - 1) / lanes;
  // A window at the end may need fewer rows than the image has, or more.
  const int64_t paddedRows = std::max(shape[2] + 2 * padding, (w.rows - 1) * stride + w.size);
  w.paddedColumns = std::max(shape[3] + 2 * padding, (w.columns - 1) * stride + w.size);
  auto table = at::zeros({w.outputs, w.blocks * lanes}, gradient.options());
  table.narrow(1, 0, taps).copy_(weight.permute({0, 2, 3, 1}).reshape({w.outputs, taps}));
  auto padded = at::zeros({shape[0], paddedRows, w.paddedColumns, w.channels}, gradient.options());
  const float *source = elements<float>(gradient), *values = elements<float>(maps);
  const float *weights = elements<float>(table);
  float *target = padded.mutable_data_ptr<float>();
  const int64_t mapSize = w.rows * w.columns * w.outputs, imageSize = paddedRows * w.paddedColumns * w.channels;
  at::parallel_for(0, shape[0], 1, [&](int64_t begin, int64_t end) {
    std::vector<float> passed(w.columns * w.outputs), sums(windows * w.blocks * lanes);
    for (int64_t n = begin; n < end; ++n)
      imageGradient(source + n * mapSize, values + n * mapSize, weights, w, passed.data(), sums.data(),
                    target + n * imageSize);
  });
  return padded.narrow(1, padding, shape[2]).narrow(2, padding, shape[3]).permute({0, 3, 1, 2});
}

struct RectifiedConvolutionNode : torch::autograd::Node {
  at::Tensor images, weight, result;
  int64_t stride, padding;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    torch::autograd::variable_list results(2);
    if (!gradients[0].defined()) return results;
    if (!at::GradMode::is_enabled() && !task_should_compute_output(1) &&
        hasFewTaps(gradients[0], weight, images.sizes())) {
      results[0] = smallGradient(gradients[0], result, weight, images.sizes(), stride, padding);
      return results;
    }
    const auto layout = result.suggest_memory_format();
    const auto gradient = at::threshold_backward(gradients[0].contiguous(layout), result, 0);
    if (task_should_compute_output(1)) results[1] = gradient;
    if (!task_should_compute_output(0)) return results;
    results[0] = std::get<0>(at::convolution_backward(
        gradient, images, weight, std::nullopt, {stride, stride}, {padding, padding}, {1, 1}, false, {0, 0}, 1,
        {true, false, false}));
    return results;
  }

  void release_variables() override {
    images.reset();
    weight.reset();
    result.reset();
  }

  std::string name() const override { return "BasinRectifiedConvolution"; }
};

}  // namespace

CTTensor ct_rectified_conv2d(CTTensor input, CTTensor filter, CTTensor bias, CTTensor shift, int64_t stride,
                             int64_t padding) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &images = unwrap(input), &weight = unwrap(filter);
    const auto shifts = unwrapOptional(bias), added = unwrapOptional(shift);
    const auto convolved = [&] {
      return at::conv2d(images, weight, shifts, {stride, stride}, {padding, padding}, {1, 1});
    };
    TORCH_CHECK(!added.defined() || added.dim() == 4, "maps of shape ", added.sizes(), " to be added");
    const bool isFixed = !weight.requires_grad() && !(shifts.defined() && shifts.requires_grad());
    if (isTracing() || !isFixed) return at::relu(added.defined() ? convolved() + added : convolved());
    at::Tensor result;
    {
      at::NoGradGuard guard;
      result = convolved();
      if (added.defined()) result.add_(added);
      result.relu_();
    }
    if (torch::autograd::compute_requires_grad(images, added)) {
      auto node = makeNode<RectifiedConvolutionNode>();
      node->images = images.detach();
      node->weight = weight;
      node->result = result.detach();
      node->stride = stride;
      node->padding = padding;
      node->set_next_edges(torch::autograd::collect_next_edges(images, added));
      torch::autograd::set_history(result, node);
    }
    return result;
  });
}
