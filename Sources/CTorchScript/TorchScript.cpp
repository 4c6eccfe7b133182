// Loading models of other programs and asking them.

#include "ModuleHandle.h"

#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/runtime/print_handler.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>

using namespace basin;

namespace {

/// A file in memory.
struct Bytes final : caffe2::serialize::ReadAdapterInterface {
  const char *start;
  size_t count;

  Bytes(const void *bytes, size_t count) : start(static_cast<const char *>(bytes)), count(count) {}

  size_t size() const override { return count; }

  size_t read(uint64_t position, void *buffer, size_t n, const char *) const override {
    if (position >= count) return 0;
    n = std::min<uint64_t>(n, count - position);
    std::memcpy(buffer, start + position, n);
    return n;
  }
};

/// Takes away what a model needs for no answer and could do harm by, sends what models print to standard
/// error, and has graphs run as they stand: what the optimizer makes of them depends on how often they
/// were run before, and the last bits with it.
void prepare() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const char *name : {"aten::save", "aten::from_file"}) {
      // A copy: the list changes with each that goes.
      const auto operators = torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name));
      for (const auto &op : operators) torch::jit::deregisterOperator(op->schema());
    }
    torch::jit::setPrintHandler([](const std::string &text) { std::fputs(text.c_str(), stderr); });
    torch::jit::setGraphExecutorOptimize(false);
  });
}

std::string described(const c10::IValue &value) {
  if (value.isTuple()) return "a tuple of " + std::to_string(value.toTupleRef().elements().size());
  if (value.isList() || value.isGenericDict() || value.isNone() || value.isObject())
    return "a " + value.tagKind();
  if (!value.isTensor()) return "a value of type " + value.tagKind();
  const auto &tensor = value.toTensor();
  if (!tensor.defined()) return "an undefined tensor";
  std::string text = std::string("a tensor of ") + c10::toString(tensor.scalar_type());
  if (tensor.layout() != at::kStrided) text += ", sparse";
  if (!tensor.is_cpu()) text += " on " + tensor.device().str();
  return text;
}

}  // namespace

CSModule cs_load(const void *bytes, size_t count, int device) {
  return guarded<CSModule>(nullptr, [&] {
    prepare();
    const c10::Device where =
        device < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device));
    auto module = torch::jit::load(std::make_shared<Bytes>(bytes, count), where, /*load_debug_files=*/false);
    auto *storage = new CSModuleStorage{std::move(module), where, false, "", ""};
    for (const auto &part : storage->module.modules())
      if (part.hasattr("training") && part.is_training()) storage->wasTraining = true;
    storage->module.eval();
    const auto note = [&](const at::Tensor &tensor) {
      if (!tensor.is_floating_point() && !tensor.is_complex()) return;
      const std::string type = c10::toString(tensor.scalar_type());
      if (storage->elementType.empty()) storage->elementType = type;
      else if (type != storage->elementType) storage->otherElementType = type;
    };
    for (const auto &parameter : storage->module.parameters()) {
      // A leaf's alone can be set; what a hostile file has instead is left.
      if (parameter.is_leaf() && parameter.is_floating_point()) parameter.set_requires_grad(false);
      note(parameter);
    }
    for (const auto &buffer : storage->module.buffers()) note(buffer);
    return storage;
  });
}

void cs_release(CSModule module) { delete module; }

bool cs_was_training(CSModule module) { return module->wasTraining; }

int64_t cs_parameter_count(CSModule module) {
  return guarded<int64_t>(0, [&] {
    int64_t count = 0;
    for (const auto &parameter : module->module.parameters()) count += parameter.numel();
    if (count > 0) return count;
    for (const auto &buffer : module->module.buffers())
      if (buffer.is_floating_point()) count += buffer.numel();
    return count;
  });
}

const char *cs_element_type(CSModule module) { return module->elementType.c_str(); }
const char *cs_other_element_type(CSModule module) { return module->otherElementType.c_str(); }

int cs_input_count(CSModule module) {
  return guarded<int>(-1, [&] {
    const auto method = module->module.find_method("forward");
    if (!method) return -1;
    int count = -1;  // the module itself
    for (const auto &argument : method->function().getSchema().arguments())
      if (!argument.default_value()) ++count;
    return count;
  });
}

CTTensor cs_call(CSModule module, const char *method, CTTensor images, bool training, bool *other) {
  *other = false;
  return guarded<CTTensor>(nullptr, [&]() -> CTTensor {
    c10::IValue answer;
    if (training) {
      // A copy: batch normalisation in training changes what it uses afterwards.
      auto twin = module->module.deepcopy();
      twin.train();
      answer = twin.get_method(method)({unwrap(images)});
    } else {
      const bool isFused = module->fused && std::strcmp(method, "forward") == 0;
      answer = (isFused ? *module->fused : module->module).get_method(method)({unwrap(images)});
    }
    if (answer.isTensor() && answer.toTensor().defined()) {
      const auto &tensor = answer.toTensor();
      const auto type = tensor.scalar_type();
      if (tensor.layout() == at::kStrided && tensor.device().type() == module->device.type() &&
          (type == at::kFloat || type == at::kDouble))
        return wrap(tensor);
    }
    *other = true;
    lastError() = described(answer);
    return nullptr;
  });
}

int cs_lay_out(CSModule module, bool channelsLast) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    for (auto parameter : module->module.parameters()) {
      if (parameter.dim() != 4 || !parameter.is_leaf() || !parameter.is_floating_point()) continue;
      auto weight = parameter.contiguous(channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
      // Of one channel both are the same memory, and strides alone tell convolutions which it is.
      if (channelsLast && weight.size(1) == 1)
        weight = weight.view({weight.size(0), weight.size(2), weight.size(3), 1}).permute({0, 3, 1, 2});
      parameter.set_data(weight);
    }
  });
}

int cs_differentiates(CTTensor result, CTTensor leaf) {
  return guarded<int>(0, [&] {
    const auto gradients = torch::autograd::grad({unwrap(result).sum()}, {unwrap(leaf)}, {}, false, false,
                                                 /*allow_unused=*/true);
    return gradients[0].defined() ? 1 : (lastError() = "answers that do not depend on the images", 0);
  });
}
