// Tensors: lifetime, creation, elementwise operations, reductions, shapes, layers.

#include "Handles.h"
#include "MatrixProduct.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/poisson.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include <dlfcn.h>

using namespace basin;

namespace basin {
std::string &lastError() {
  thread_local std::string message;
  return message;
}

bool &lastErrorIsOfMemory() {
  thread_local bool isOfMemory = false;
  return isOfMemory;
}
}  // namespace basin

namespace {

at::ScalarType scalarType(int dtype) {
  switch (dtype) {
    case CT_FLOAT32: return at::kFloat;
    case CT_FLOAT64: return at::kDouble;
    case CT_INT64: return at::kLong;
    case CT_UINT8: return at::kByte;
    case CT_BOOL: return at::kBool;
    case CT_BFLOAT16: return at::kBFloat16;
  }
  TORCH_CHECK(false, "unknown element type code ", dtype);
}

at::Device device(int index) {
  return index < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

at::TensorOptions options(int dtype, int index) {
  return at::TensorOptions().dtype(scalarType(dtype)).device(device(index));
}

at::IntArrayRef list(const int64_t *values, int count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

}  // namespace

// MARK: - Process

const char *ct_error(void) { return lastError().c_str(); }
bool ct_error_is_of_memory(void) { return lastErrorIsOfMemory(); }
const char *ct_version(void) { return TORCH_VERSION; }
int ct_thread_count(void) { return at::get_num_threads(); }
void ct_set_thread_count(int count) { at::set_num_threads(count); }

int ct_load_cuda(void) {
  return guardedStatus([] {
    if (!at::hasCUDA()) {
      // libtorch_cuda registers itself when loaded; the executable links only the CPU library.
      void *library = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
      TORCH_CHECK(library, dlerror());
    }
    TORCH_CHECK(at::hasCUDA() && ct_cuda_device_count() > 0, "no CUDA device answers");
  });
}

int ct_cuda_device_count(void) {
  return guarded<int>(0, [] {
    return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
  });
}

int ct_synchronize(int index) {
  return guardedStatus([&] {
    if (index < 0) return;
    c10::impl::VirtualGuardImpl(at::kCUDA).synchronizeDevice(static_cast<c10::DeviceIndex>(index));
  });
}

// MARK: - Lifetime and inspection

void ct_release(CTTensor tensor) { delete tensor; }
int ct_rank(CTTensor tensor) { return static_cast<int>(unwrap(tensor).dim()); }

void ct_shape(CTTensor tensor, int64_t *extents) {
  auto sizes = unwrap(tensor).sizes();
  std::copy(sizes.begin(), sizes.end(), extents);
}

int ct_dtype(CTTensor tensor) {
  switch (unwrap(tensor).scalar_type()) {
    case at::kFloat: return CT_FLOAT32;
    case at::kDouble: return CT_FLOAT64;
    case at::kLong: return CT_INT64;
    case at::kByte: return CT_UINT8;
    case at::kBool: return CT_BOOL;
    case at::kBFloat16: return CT_BFLOAT16;
    default: return -1;
  }
}

int ct_device(CTTensor tensor) {
  auto where = unwrap(tensor).device();
  return where.is_cpu() ? CT_CPU : where.index();
}

bool ct_requires_gradient(CTTensor tensor) { return unwrap(tensor).requires_grad(); }

int ct_copy_out(CTTensor tensor, void *destination, size_t bytes) {
  return guardedStatus([&] {
    auto host = unwrap(tensor).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(host.nbytes() == bytes, "tensor holds ", host.nbytes(), " bytes, not ", bytes);
    if (bytes > 0) std::memcpy(destination, host.const_data_ptr(), bytes);
  });
}

// MARK: - Creation

CTTensor ct_from_data(const void *data, int dtype, const int64_t *extents, int rank, int index) {
  return guardedTensor([&] {
    // In a graph for other programs the numbers are a constant: it sees no copying of memory.
    at::tracer::impl::NoTracerDispatchMode guard;
    auto result = at::empty(list(extents, rank), options(dtype, CT_CPU));
    if (result.nbytes() > 0) std::memcpy(result.data_ptr(), data, result.nbytes());
    return result.to(device(index));
  });
}

CTTensor ct_full(double value, const int64_t *extents, int rank, int dtype, int index) {
  return guardedTensor([&] { return at::full(list(extents, rank), value, options(dtype, index)); });
}

CTTensor ct_full_like(double value, CTTensor like) {
  return guardedTensor([&] { return at::full_like(unwrap(like).detach(), value); });
}

CTTensor ct_arange(int64_t count, int dtype, int index) {
  return guardedTensor([&] { return at::arange(count, options(dtype, index)); });
}

CTTensor ct_eye(int64_t count, int dtype, int index) {
  return guardedTensor([&] { return at::eye(count, options(dtype, index)); });
}

CTTensor ct_to(CTTensor tensor, int dtype, int index) {
  return guardedTensor([&] { return unwrap(tensor).to(device(index), scalarType(dtype)); });
}

// MARK: - Random numbers

CTGenerator ct_generator(uint64_t seed) {
  return guarded<CTGenerator>(
      nullptr, [&] { return new CTGeneratorStorage{at::detail::createCPUGenerator(seed)}; });
}

void ct_generator_release(CTGenerator generator) { delete generator; }

CTTensor ct_generator_state(CTGenerator generator) {
  return guardedTensor([&] { return generator->generator.get_state(); });
}

int ct_generator_set_state(CTGenerator generator, CTTensor state) {
  return guardedStatus([&] { generator->generator.set_state(unwrap(state)); });
}

CTTensor ct_uniform(CTGenerator generator, const int64_t *extents, int rank, int dtype) {
  return guardedTensor(
      [&] { return at::rand(list(extents, rank), generator->generator, options(dtype, CT_CPU)); });
}

CTTensor ct_normal(CTGenerator generator, const int64_t *extents, int rank, int dtype) {
  return guardedTensor(
      [&] { return at::randn(list(extents, rank), generator->generator, options(dtype, CT_CPU)); });
}

CTTensor ct_poisson(CTGenerator generator, CTTensor rates) {
  return guardedTensor([&] { return at::poisson(unwrap(rates), generator->generator); });
}

CTTensor ct_permutation(CTGenerator generator, int64_t count) {
  return guardedTensor(
      [&] { return at::randperm(count, generator->generator, options(CT_INT64, CT_CPU)); });
}

// MARK: - Elementwise operations

CTTensor ct_unary(int operation, CTTensor tensor) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &x = unwrap(tensor);
    switch (operation) {
      case CT_NEGATE: return x.neg();
      case CT_ABS: return x.abs();
      case CT_SIGN: return x.sign();
      case CT_EXP: return x.exp();
      case CT_EXPM1: return x.expm1();
      case CT_LOG: return x.log();
      case CT_LOG1P: return x.log1p();
      case CT_SQRT: return x.sqrt();
      case CT_SQUARE: return x.square();
      case CT_RECIPROCAL: return x.reciprocal();
      case CT_TANH: return x.tanh();
      case CT_SIGMOID: return x.sigmoid();
      case CT_RELU: return x.relu();
      case CT_SOFTPLUS: return at::softplus(x);
      case CT_SIN: return x.sin();
      case CT_COS: return x.cos();
      case CT_ACOS: return x.acos();
      case CT_FLOOR: return x.floor();
      case CT_ROUND: return x.round();
      case CT_IS_FINITE: return x.isfinite();
      case CT_NOT: return x.logical_not();
    }
    TORCH_CHECK(false, "unknown unary operation ", operation);
  });
}

namespace {

template <typename Right>
at::Tensor elementwise(int operation, const at::Tensor &a, const Right &b) {
  switch (operation) {
    case CT_ADD: return a.add(b);
    case CT_SUBTRACT: return a.sub(b);
    case CT_MULTIPLY: return a.mul(b);
    case CT_DIVIDE: return a.div(b);
    case CT_POWER: return a.pow(b);
    case CT_EQUAL: return a.eq(b);
    case CT_NOT_EQUAL: return a.ne(b);
    case CT_LESS: return a.lt(b);
    case CT_LESS_EQUAL: return a.le(b);
    case CT_GREATER: return a.gt(b);
    case CT_GREATER_EQUAL: return a.ge(b);
  }
  TORCH_CHECK(false, "unknown binary operation ", operation);
}

}  // namespace

namespace {

/// Whether a b^T is a large product of which nothing is recorded.
bool isLargeConstantProduct(const at::Tensor &a, const at::Tensor &b) {
  return a.dim() == 2 && b.dim() == 2 && a.scalar_type() == b.scalar_type() && b.is_cpu() &&
         a.size(1) == b.size(1) && prefersOneDNN(a, a.numel() * b.size(0)) &&
         !(at::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad()));
}

at::Tensor matrixProduct(const at::Tensor &a, const at::Tensor &b) {
  if (a.dim() == 2 && b.dim() == 2 && isLargeConstantProduct(a, b.t())) return oneDNNProduct(a, b.t());
  return a.matmul(b);
}

}  // namespace

CTTensor ct_binary(int operation, CTTensor left, CTTensor right) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &a = unwrap(left);
    const auto &b = unwrap(right);
    switch (operation) {
      case CT_MAXIMUM: return at::maximum(a, b);
      case CT_MINIMUM: return at::minimum(a, b);
      case CT_AND: return a.logical_and(b);
      case CT_OR: return a.logical_or(b);
      case CT_MATMUL: return matrixProduct(a, b);
      default: return elementwise(operation, a, b);
    }
  });
}

CTTensor ct_binary_scalar(int operation, CTTensor left, double right) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &a = unwrap(left);
    switch (operation) {
      case CT_MAXIMUM: return a.clamp_min(right);
      case CT_MINIMUM: return a.clamp_max(right);
      default: return elementwise(operation, a, at::Scalar(right));
    }
  });
}

CTTensor ct_clamp(CTTensor tensor, double lower, double upper) {
  return guardedTensor([&] { return unwrap(tensor).clamp(lower, upper); });
}

CTTensor ct_where(CTTensor condition, CTTensor a, CTTensor b) {
  return guardedTensor([&] { return at::where(unwrap(condition), unwrap(a), unwrap(b)); });
}

// MARK: - Reductions

CTTensor ct_reduce(int operation, CTTensor tensor, const int64_t *axes, int count, bool keep) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &x = unwrap(tensor);
    std::vector<int64_t> every(x.dim());
    for (size_t i = 0; i < every.size(); ++i) every[i] = static_cast<int64_t>(i);
    at::IntArrayRef over = count > 0 ? list(axes, count) : at::IntArrayRef(every);
    switch (operation) {
      case CT_SUM: return x.sum(over, keep);
      case CT_MEAN: return x.mean(over, keep);
      case CT_MAX: return x.amax(over, keep);
      case CT_MIN: return x.amin(over, keep);
      case CT_LOG_SUM_EXP: return x.logsumexp(over, keep);
      case CT_ANY: return count > 0 ? x.any(axes[0], keep) : x.any();
      case CT_ALL: return count > 0 ? x.all(axes[0], keep) : x.all();
      case CT_ARG_MAX: return count > 0 ? x.argmax(axes[0], keep) : x.argmax();
      case CT_ARG_MIN: return count > 0 ? x.argmin(axes[0], keep) : x.argmin();
    }
    TORCH_CHECK(false, "unknown reduction ", operation);
  });
}

CTTensor ct_cumulative_sum(CTTensor tensor, int64_t axis) {
  return guardedTensor([&] { return unwrap(tensor).cumsum(axis); });
}

int ct_sort(CTTensor tensor, int64_t axis, bool descending, CTTensor *values, CTTensor *indices) {
  return guardedStatus([&] {
    auto [sorted, order] = unwrap(tensor).sort(/*stable=*/true, axis, descending);
    *values = wrap(sorted);
    *indices = wrap(order);
  });
}

int ct_top(CTTensor tensor, int64_t count, int64_t axis, CTTensor *values, CTTensor *indices) {
  return guardedStatus([&] {
    auto [largest, where] = unwrap(tensor).topk(count, axis);
    *values = wrap(largest);
    *indices = wrap(where);
  });
}

// MARK: - Shape and indexing

CTTensor ct_reshape(CTTensor tensor, const int64_t *extents, int rank) {
  return guardedTensor([&] { return unwrap(tensor).reshape(list(extents, rank)); });
}

CTTensor ct_expand(CTTensor tensor, const int64_t *extents, int rank) {
  return guardedTensor([&] { return unwrap(tensor).expand(list(extents, rank)); });
}

CTTensor ct_permute(CTTensor tensor, const int64_t *axes, int rank) {
  return guardedTensor([&] { return unwrap(tensor).permute(list(axes, rank)); });
}

CTTensor ct_unsqueeze(CTTensor tensor, int64_t axis) {
  return guardedTensor([&] { return unwrap(tensor).unsqueeze(axis); });
}

CTTensor ct_squeeze(CTTensor tensor, int64_t axis) {
  return guardedTensor([&] { return unwrap(tensor).squeeze(axis); });
}

CTTensor ct_narrow(CTTensor tensor, int64_t axis, int64_t start, int64_t length) {
  return guardedTensor([&] { return unwrap(tensor).narrow(axis, start, length); });
}

CTTensor ct_flip(CTTensor tensor, int64_t axis) {
  return guardedTensor([&] { return unwrap(tensor).flip({axis}); });
}

CTTensor ct_pad(CTTensor tensor, const int64_t *widths, int count, double value) {
  return guardedTensor([&] { return at::constant_pad_nd(unwrap(tensor), list(widths, count), value); });
}

CTTensor ct_concatenate(const CTTensor *tensors, int count, int64_t axis) {
  return guardedTensor([&] { return at::cat(unwrap(tensors, count), axis); });
}

CTTensor ct_stack(const CTTensor *tensors, int count, int64_t axis) {
  return guardedTensor([&] { return at::stack(unwrap(tensors, count), axis); });
}

CTTensor ct_index_select(CTTensor tensor, int64_t axis, CTTensor indices) {
  return guardedTensor([&] { return unwrap(tensor).index_select(axis, unwrap(indices)); });
}

CTTensor ct_gather(CTTensor tensor, int64_t axis, CTTensor indices) {
  return guardedTensor([&] { return unwrap(tensor).gather(axis, unwrap(indices)); });
}

CTTensor ct_index_add(CTTensor tensor, int64_t axis, CTTensor indices, CTTensor source) {
  return guardedTensor([&] { return unwrap(tensor).index_add(axis, unwrap(indices), unwrap(source)); });
}

CTTensor ct_index_copy(CTTensor tensor, int64_t axis, CTTensor indices, CTTensor source) {
  return guardedTensor([&] { return unwrap(tensor).index_copy(axis, unwrap(indices), unwrap(source)); });
}

CTTensor ct_nonzero(CTTensor mask) {
  return guardedTensor([&] { return unwrap(mask).nonzero().squeeze(1); });
}

CTTensor ct_contiguous(CTTensor tensor, bool channelsLast) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &given = unwrap(tensor);
    if (!channelsLast) return given.contiguous();
    const auto last = given.contiguous(at::MemoryFormat::ChannelsLast);
    // Of one channel both layouts are the same memory, and strides alone tell convolutions which it is.
    if (last.dim() != 4 || last.size(1) != 1) return last;
    return last.view({last.size(0), last.size(2), last.size(3), 1}).permute({0, 3, 1, 2});
  });
}

// MARK: - Neural-network operations

CTTensor ct_linear(CTTensor input, CTTensor weight, CTTensor bias) {
  return guardedTensor([&]() -> at::Tensor {
    const auto &x = unwrap(input), &matrix = unwrap(weight);
    const auto shift = unwrapOptional(bias);
    const bool isConstant = !(at::GradMode::is_enabled() && shift.defined() && shift.requires_grad());
    if (!isConstant || !isLargeConstantProduct(x, matrix)) return at::linear(x, matrix, shift);
    auto product = oneDNNProduct(x, matrix);
    return shift.defined() ? product.add_(shift) : product;
  });
}

CTTensor ct_conv2d(CTTensor input, CTTensor weight, CTTensor bias, int64_t stride, int64_t padding,
                   int64_t groups) {
  return guardedTensor([&] {
    return at::conv2d(unwrap(input), unwrap(weight), unwrapOptional(bias), {stride, stride},
                      {padding, padding}, {1, 1}, groups);
  });
}

CTTensor ct_batch_norm(CTTensor input, CTTensor weight, CTTensor bias, CTTensor mean,
                       CTTensor variance, bool training, double momentum, double epsilon) {
  return guardedTensor([&] {
    return at::batch_norm(unwrap(input), unwrap(weight), unwrap(bias), unwrap(mean),
                          unwrap(variance), training, momentum, epsilon, /*cudnn_enabled=*/true);
  });
}

CTTensor ct_layer_norm(CTTensor input, double epsilon) {
  return guardedTensor([&] {
    const auto &x = unwrap(input);
    return at::layer_norm(x, {x.size(-1)}, {}, {}, epsilon, /*cudnn_enable=*/true);
  });
}

CTTensor ct_softmax(CTTensor input, int64_t axis) {
  return guardedTensor([&] { return at::softmax(unwrap(input), axis); });
}

CTTensor ct_log_softmax(CTTensor input, int64_t axis) {
  return guardedTensor([&] { return at::log_softmax(unwrap(input), axis); });
}

CTTensor ct_max_pool2d(CTTensor input, int64_t size, int64_t stride, int64_t padding) {
  return guardedTensor([&] {
    return at::max_pool2d(unwrap(input), {size, size}, {stride, stride}, {padding, padding});
  });
}

// MARK: - In-place updates

int ct_assign(CTTensor destination, CTTensor source) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    const auto &target = unwrap(destination);
    TORCH_CHECK(target.sizes() == unwrap(source).sizes(), "cannot assign shape ",
                unwrap(source).sizes(), " to shape ", target.sizes());
    target.copy_(unwrap(source));
  });
}

int ct_clamp_in_place(CTTensor tensor, double lower, double upper) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    unwrap(tensor).clamp_(lower, upper);
  });
}

namespace {

/// The fused kernels walk over raw memory, so each gradient must be laid out as its parameter.
std::vector<at::Tensor> laidOut(const CTTensor *gradients, const std::vector<at::Tensor> &parameters) {
  auto result = unwrap(gradients, static_cast<int>(parameters.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    TORCH_CHECK(result[i].sizes() == parameters[i].sizes(), "gradient ", i, " has shape ",
                result[i].sizes(), ", its parameter ", parameters[i].sizes());
    if (result[i].strides() != parameters[i].strides())
      result[i] = at::empty_like(parameters[i]).copy_(result[i]);
  }
  return result;
}

}  // namespace

int ct_adam_step(const CTTensor *parameters, const CTTensor *gradients, const CTTensor *means,
                 const CTTensor *variances, CTTensor step, int count, double rate, double beta1,
                 double beta2, double decay, double epsilon, bool decoupled) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    auto p = unwrap(parameters, count), g = laidOut(gradients, p), m = unwrap(means, count),
         v = unwrap(variances, count);
    unwrap(step).add_(1);
    std::vector<at::Tensor> steps(count, unwrap(step));
    if (decoupled)
      at::_fused_adamw_(p, g, m, v, {}, steps, rate, beta1, beta2, decay, epsilon, /*amsgrad=*/false,
                        /*maximize=*/false);
    else
      at::_fused_adam_(p, g, m, v, {}, steps, rate, beta1, beta2, decay, epsilon, /*amsgrad=*/false,
                       /*maximize=*/false);
  });
}

int ct_sgd_step(const CTTensor *parameters, const CTTensor *gradients, const CTTensor *momenta,
                int count, double rate, double momentum, double decay, bool nesterov) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    auto p = unwrap(parameters, count), g = laidOut(gradients, p);
    auto m = momenta ? unwrap(momenta, count) : std::vector<at::Tensor>{};
    at::_fused_sgd_(p, g, m, decay, momentum, rate, /*dampening=*/0, nesterov,
                    /*maximize=*/false, /*is_first_step=*/false);
  });
}
