// Automatic differentiation: gradients, and outputs with a hand-written backward pass.

#include "GraphNode.h"
#include "Handles.h"

#include <ATen/ops/add.h>
#include <ATen/ops/alias.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

using namespace basin;

namespace {

/// A graph node whose backward pass is a C callback.
struct CallbackNode : torch::autograd::Node {
  void *context;
  CTBackward backward;
  void (*releaseContext)(void *);
  int inputCount;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    std::vector<CTTensor> given, asked(inputCount, nullptr);
    for (auto &gradient : gradients) given.push_back(gradient.defined() ? wrap(gradient) : nullptr);
    auto needed = std::make_unique<bool[]>(inputCount);
    for (int i = 0; i < inputCount; ++i) needed[i] = task_should_compute_output(i);
    backward(context, given.data(), static_cast<int>(given.size()), needed.get(), asked.data(),
             inputCount);
    for (auto handle : given) delete handle;
    torch::autograd::variable_list results;
    for (auto handle : asked) {
      results.push_back(unwrapOptional(handle));
      delete handle;
    }
    return results;
  }

  std::string name() const override { return "BasinCallback"; }

  void release_variables() override { releaseOnce(); }
  ~CallbackNode() override { releaseOnce(); }

 private:
  void releaseOnce() {
    if (context) releaseContext(context);
    context = nullptr;
  }
};

/// base + sum_k weights[k] * terms[k] over contiguous memory of one thread's range.
template <typename Scalar>
void combine(const Scalar *base, const std::vector<const Scalar *> &terms,
             const std::vector<Scalar> &weights, Scalar *out, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) out[i] = base[i];
  for (size_t k = 0; k < terms.size(); ++k) {
    const Scalar weight = weights[k];
    const Scalar *term = terms[k];
    for (int64_t i = begin; i < end; ++i) out[i] += weight * term[i];
  }
}

template <typename Scalar>
at::Tensor combineContiguous(const at::Tensor &base, const std::vector<at::Tensor> &terms,
                             const double *weights) {
  auto out = at::empty_like(base);
  std::vector<const Scalar *> pointers;
  std::vector<Scalar> scalars;
  for (size_t k = 0; k < terms.size(); ++k) {
    pointers.push_back(elements<Scalar>(terms[k]));
    scalars.push_back(static_cast<Scalar>(weights[k]));
  }
  const Scalar *from = elements<Scalar>(base);
  Scalar *to = out.template mutable_data_ptr<Scalar>();
  // Blocks that stay in the first-level cache while the terms pass over them.
  constexpr int64_t block = 2048;
  for (int64_t begin = 0; begin < base.numel(); begin += block)
    combine(from, pointers, scalars, to, begin, std::min(begin + block, base.numel()));
  return out;
}

at::Tensor combination(const at::Tensor &base, std::vector<at::Tensor> terms, const double *weights) {
  bool simple = isPlainFloat(base);
  for (auto &term : terms) {
    TORCH_CHECK(term.sizes() == base.sizes(), "linear combination of shapes ", base.sizes(),
                " and ", term.sizes());
    simple = simple && term.is_cpu() && term.scalar_type() == base.scalar_type();
  }
  if (simple) {
    for (auto &term : terms) term = term.contiguous();
    return base.scalar_type() == at::kFloat
               ? combineContiguous<float>(base.contiguous(), terms, weights)
               : combineContiguous<double>(base.contiguous(), terms, weights);
  }
  auto out = base;
  for (size_t k = 0; k < terms.size(); ++k) out = at::add(out, terms[k], weights[k]);
  return out;
}

struct LinearCombinationNode : torch::autograd::Node {
  std::vector<double> weights;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    torch::autograd::variable_list results(weights.size() + 1);
    if (!gradients[0].defined()) return results;
    results[0] = gradients[0];
    for (size_t k = 0; k < weights.size(); ++k)
      if (task_should_compute_output(k + 1)) results[k + 1] = gradients[0] * weights[k];
    return results;
  }

  std::string name() const override { return "BasinLinearCombination"; }
};

}  // namespace

CTTensor ct_linear_combination(CTTensor base, const CTTensor *terms, const double *weights, int count) {
  return guardedTensor([&] {
    const auto &start = unwrap(base);
    auto parts = unwrap(terms, count);
    std::vector<at::Tensor> inputs{start};
    inputs.insert(inputs.end(), parts.begin(), parts.end());
    bool recording = torch::autograd::compute_requires_grad(inputs);
    at::Tensor out;
    {
      at::NoGradGuard guard;
      out = combination(start, std::move(parts), weights);
    }
    if (recording) {
      auto node = makeNode<LinearCombinationNode>();
      node->weights.assign(weights, weights + count);
      node->set_next_edges(torch::autograd::collect_next_edges(inputs));
      torch::autograd::set_history(out, node);
    }
    return out;
  });
}

CTTensor ct_detach(CTTensor tensor) {
  // A graph for other programs is differentiated by its operators, hand-written passes and all.
  return guardedTensor([&] { return isTracing() ? at::alias(unwrap(tensor)) : unwrap(tensor).detach(); });
}

int ct_set_requires_gradient(CTTensor tensor, bool value) {
  return guardedStatus([&] { unwrap(tensor).requires_grad_(value); });
}

bool ct_gradients_enabled(void) { return c10::GradMode::is_enabled(); }
void ct_set_gradients_enabled(bool enabled) { c10::GradMode::set_enabled(enabled); }

int ct_gradient(const CTTensor *outputs, const CTTensor *seeds, int outputCount,
                const CTTensor *inputs, int count, bool createGraph, bool retainGraph,
                CTTensor *results) {
  return guardedStatus([&] {
    std::vector<at::Tensor> weights;
    for (int i = 0; i < outputCount; ++i) weights.push_back(unwrapOptional(seeds[i]));
    auto gradients =
        torch::autograd::grad(unwrap(outputs, outputCount), unwrap(inputs, count), weights,
                              retainGraph, createGraph, /*allow_unused=*/true);
    for (int i = 0; i < count; ++i) results[i] = gradients[i].defined() ? wrap(gradients[i]) : nullptr;
  });
}

int ct_with_backward(const CTTensor *inputs, int inputCount, const CTTensor *outputs,
                     int outputCount, void *context, CTBackward backward,
                     void (*release)(void *), CTTensor *results) {
  return guardedStatus([&] {
    auto given = unwrap(inputs, inputCount);
    bool recording = torch::autograd::compute_requires_grad(given);
    if (!recording) {
      // In a graph for other programs the operators themselves are differentiated.
      for (int i = 0; i < outputCount; ++i)
        results[i] = wrap(isTracing() ? unwrap(outputs[i]) : unwrap(outputs[i]).detach());
      release(context);
      return;
    }
    auto node = makeNode<CallbackNode>();
    node->context = context;
    node->backward = backward;
    node->releaseContext = release;
    node->inputCount = inputCount;
    node->set_next_edges(torch::autograd::collect_next_edges(given));
    for (int i = 0; i < outputCount; ++i) {
      auto result = unwrap(outputs[i]).detach();
      torch::autograd::set_history(result, node);
      results[i] = wrap(result);
    }
  });
}
