// Recording models of ours as TorchScript, for PyTorch to read.

#include "ModuleHandle.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_pooling.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <sstream>

using namespace basin;

namespace {

/// Turns tensors that a graph holds into buffers of its module, so that they move with it.
void keepConstants(torch::jit::Graph &graph, torch::jit::Module &module, const std::string &prefix) {
  std::vector<torch::jit::Node *> constants;
  for (auto *node : graph.nodes())
    if (node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value) &&
        node->kindOf(c10::attr::value) == torch::jit::AttributeKind::t &&
        node->t(c10::attr::value).dim() > 0)
      constants.push_back(node);
  auto *self = graph.inputs().front();
  for (auto *node : constants) {
    const std::string name = prefix + "_" + std::to_string(module.buffers(/*recurse=*/false).size());
    module.register_buffer(name, node->t(c10::attr::value));
    torch::jit::WithInsertPoint here(graph.nodes().front());
    auto *value = graph.insertGetAttr(self, name);
    node->output()->replaceAllUsesWith(value);
    node->destroy();
  }
}

/// Parameters while nothing is differentiated by them.
struct Frozen {
  std::vector<at::Tensor> tensors;

  explicit Frozen(const std::vector<at::Tensor> &parameters) {
    for (const auto &tensor : parameters)
      if (tensor.requires_grad() && tensor.is_leaf()) tensors.push_back(tensor);
    for (auto &tensor : tensors) tensor.requires_grad_(false);
  }

  ~Frozen() {
    for (auto &tensor : tensors) tensor.requires_grad_(true);
  }
};

}  // namespace

CTTensor cs_alias(CTTensor tensor) { return wrap(unwrap(tensor)); }

CSModule cs_module(void) {
  return guarded<CSModule>(nullptr, [] {
    return new CSModuleStorage{torch::jit::Module("__torch__.Model"), c10::kCPU, false, "", ""};
  });
}

int cs_trace(CSModule module, const char *name, CTTensor example, const CTTensor *parameters,
             int parameterCount, CSBody body, void *context, int count) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    const Frozen frozen(unwrap(parameters, parameterCount));
    // A leaf of its own: the graph's input is this very tensor.
    const auto input = unwrap(example).detach().clone();
    const auto run = [&](torch::jit::Stack stack) -> torch::jit::Stack {
      std::vector<CTTensor> results(count, nullptr);
      auto *given = wrap(stack.at(0).toTensor());
      const int done = body(context, given, results.data(), count);
      delete given;
      std::vector<c10::IValue> values;
      for (auto *result : results) {
        if (result) values.emplace_back(result->tensor);
        delete result;
      }
      TORCH_CHECK(done == 1 && int(values.size()) == count, "the recorded function has failed");
      if (count == 1) return {values[0]};
      return {c10::ivalue::Tuple::create(std::move(values))};
    };
    auto traced = torch::jit::tracer::trace(
        {input}, run, [](const at::Tensor &) { return std::string(); }, /*strict=*/true,
        /*force_outplace=*/false, &module->module, {"images"});
    auto graph = traced.first->graph;
    torch::jit::EliminateDeadCode(graph);
    torch::jit::ConstantPooling(graph);
    keepConstants(*graph, module->module, name);
    const auto function = module->module._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*module->module.type()->name(), name), graph);
    module->module.type()->addMethod(function);
  });
}

int cs_define(CSModule module, const char *source) {
  return guardedStatus([&] { module->module.define(source); });
}

int cs_save(CSModule module, void *context, void (*take)(void *, const void *, size_t)) {
  return guardedStatus([&] {
    std::ostringstream stream;
    module->module.save(stream);
    const std::string bytes = stream.str();
    take(context, bytes.data(), bytes.size());
  });
}
