// What lies behind the opaque handle of CTorchScript.h.

#pragma once

#include "CTorchScript.h"
#include "Handles.h"

#include <torch/csrc/jit/api/module.h>

#include <optional>

struct CSModuleStorage {
  torch::jit::Module module;
  c10::Device device;
  bool wasTraining;
  std::string elementType, otherElementType;
  /// What answers in evaluation mode instead, where it has been made (Fusing.cpp).
  std::optional<torch::jit::Module> fused{};
};
