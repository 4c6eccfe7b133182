// How a node of the differentiation graph is held.

#pragma once

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

namespace basin {

/// Nodes are held by intrusive pointers from torch 2.13 on, by shared ones before.
using NodePointer = decltype(torch::autograd::Edge::function);

template <typename Node>
auto makeNode() {
  if constexpr (std::is_same_v<NodePointer, std::shared_ptr<torch::autograd::Node>>)
    return std::make_shared<Node>();
  else
    return c10::make_intrusive<Node>();
}

}  // namespace basin
