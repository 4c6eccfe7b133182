// The same program with constants in place of parameters, batch normalisation inside convolutions, and a
// convolution and the ReLU behind it as one step (RectifiedConvolution.cpp), whose gradient by images of
// few channels is many times quicker than libtorch's.

#include "ModuleHandle.h"

#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_conv_folding.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/library.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

using namespace basin;
using torch::jit::Node;

namespace {

at::Tensor rectifiedConvolution(const at::Tensor &images, const at::Tensor &weight,
                                const std::optional<at::Tensor> &bias, int64_t stride, int64_t padding) {
  CTTensorStorage given{images}, filter{weight}, shift{bias.value_or(at::Tensor())};
  const std::unique_ptr<CTTensorStorage> result(
      ct_rectified_conv2d(&given, &filter, shift.tensor.defined() ? &shift : nullptr, nullptr, stride, padding));
  TORCH_CHECK(result, ct_error());
  return result->tensor;
}

TORCH_LIBRARY(basin, library) {
  library.def("rectified_conv2d(Tensor images, Tensor weight, Tensor? bias, int stride, int padding) -> Tensor",
              &rectifiedConvolution);
}

/// The one number that a constant list of a node consists of.
std::optional<int64_t> uniform(const Node *node, const char *name) {
  const auto value = torch::jit::toIValue(node->namedInput(name));
  if (!value || !value->isIntList()) return std::nullopt;
  const auto numbers = value->toIntVector();
  if (numbers.empty() || !std::all_of(numbers.begin(), numbers.end(), [&](int64_t n) { return n == numbers[0]; }))
    return std::nullopt;
  return numbers[0];
}

/// Whether a node is a plain convolution of images by a constant weight, whose result one other node uses.
bool isPlainConvolution(const Node *node) {
  const bool isGeneral = node->kind() == c10::Symbol::fromQualString("aten::_convolution");
  if (!isGeneral && node->kind() != c10::Symbol::fromQualString("aten::conv2d")) return false;
  const auto weight = torch::jit::toIValue(node->namedInput("weight"));
  const auto groups = torch::jit::toIValue(node->namedInput("groups"));
  if (!weight || !weight->isTensor() || weight->toTensor().dim() != 4 || !groups || groups->toInt() != 1) return false;
  if (isGeneral) {
    const auto transposed = torch::jit::toIValue(node->namedInput("transposed"));
    if (!transposed || transposed->toBool()) return false;
  }
  return node->output()->uses().size() == 1 && uniform(node, "dilation") == 1 && uniform(node, "stride") &&
         uniform(node, "padding");
}

/// Puts one step in place of each convolution with ReLU behind it, where the convolution was: nothing else
/// sees what lies between. Returns how many.
int fuse(torch::jit::Block *block) {
  int count = 0;
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node *node = *it++;
    for (auto *inner : node->blocks()) count += fuse(inner);
    if (node->kind() != c10::Symbol::fromQualString("aten::relu") &&
        node->kind() != c10::Symbol::fromQualString("aten::relu_"))
      continue;
    Node *convolution = node->input(0)->node();
    if (convolution->owningBlock() != block || !isPlainConvolution(convolution)) continue;
    auto *graph = block->owningGraph();
    torch::jit::WithInsertPoint point(convolution);
    auto *step = graph->insertNode(graph->create(c10::Symbol::fromQualString("basin::rectified_conv2d"), 1));
    step->addInput(convolution->namedInput("input"));
    step->addInput(convolution->namedInput("weight"));
    step->addInput(convolution->namedInput("bias"));
    for (const char *name : {"stride", "padding"}) {
      torch::jit::WithInsertPoint before(step);
      step->addInput(graph->insertConstant(*uniform(convolution, name)));
    }
    step->output()->setType(node->output()->type());
    node->output()->replaceAllUsesWith(step->output());
    node->destroy();
    convolution->destroy();
    ++count;
  }
  return count;
}

}  // namespace

int cs_fuse(CSModule module, bool fused) {
  return guarded<int>(-1, [&] {
    module->fused.reset();
    if (!fused) return 0;
    auto frozen = [&] {
      // Methods that a method calls are taken into it to any depth only so.
      const torch::jit::GraphOptimizerEnabledGuard optimizing(true);
      return torch::jit::freeze_module(module->module);
    }();
    auto graph = frozen.get_method("forward").graph();
    torch::jit::FoldFrozenConvBatchnorm(graph);
    const int count = fuse(graph->block());
    graph->lint();
    module->fused = std::move(frozen);
    return count;
  });
}
