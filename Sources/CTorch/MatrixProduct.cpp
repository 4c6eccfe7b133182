#include "MatrixProduct.h"

#include "Handles.h"

#include <ATen/core/dispatch/Dispatcher.h>

using namespace basin;

namespace {

/// libtorch's entry to oneDNN's products of dense float matrices; absent where it was built without.
const std::optional<c10::OperatorHandle> &entry() {
  static const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  return found;
}

bool isHalvedByBLAS() {
#if defined(__x86_64__)
  static const bool is = __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f");
  return is;
#else
  return false;
#endif
}

constexpr int64_t leastMultiplications = 1 << 21;

}  // namespace

bool basin::prefersOneDNN(const at::Tensor &x, int64_t multiplications) {
  return multiplications >= leastMultiplications && isHalvedByBLAS() && isPlainFloat(x) &&
         x.scalar_type() == at::kFloat && entry().has_value();
}

at::Tensor basin::oneDNNProduct(const at::Tensor &x, const at::Tensor &weight) {
  at::NoGradGuard guard;
  std::vector<c10::IValue> stack{x,
                                 weight,
                                 c10::IValue(),
                                 std::string("none"),
                                 c10::impl::GenericList(c10::OptionalType::create(c10::NumberType::get())),
                                 std::string()};
  entry()->callBoxed(stack);
  return stack.front().toTensor();
}
