// What lies behind the opaque handles of CTorch.h, and the one place that catches.

#pragma once

#include "CTorch.h"

// Not ATen.h, nor what includes it: every operator of libtorch takes seconds to read, in every file.
#define AT_PER_OPERATOR_HEADERS
#include <ATen/TensorOperators.h>
#include <ATen/TracerMode.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <new>
#include <string>
#include <vector>

struct CTTensorStorage {
  at::Tensor tensor;
};

struct CTGeneratorStorage {
  at::Generator generator;
};

namespace basin {

/// Message of the last failure on this thread.
std::string &lastError();
/// Whether it was one of memory.
bool &lastErrorIsOfMemory();

inline CTTensor wrap(at::Tensor tensor) { return new CTTensorStorage{std::move(tensor)}; }

inline const at::Tensor &unwrap(CTTensor handle) { return handle->tensor; }

inline std::vector<at::Tensor> unwrap(const CTTensor *handles, int count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int i = 0; i < count; ++i) tensors.push_back(handles[i]->tensor);
  return tensors;
}

/// The elements of a tensor on the CPU, to be read. (The name of the member function that knows their
/// type depends on the compiler that the wheel was made with.)
template <typename Scalar>
const Scalar *elements(const at::Tensor &tensor) {
  return static_cast<const Scalar *>(tensor.const_data_ptr());
}

/// Whether a graph of libtorch's operators is being recorded for other programs (CTorchScript), which know
/// no loops of ours.
inline bool isTracing() { return at::tracer::impl::is_dispatch_enabled(); }

/// Whether loops of ours may read the memory of a tensor instead of libtorch's operators.
inline bool isPlainFloat(const at::Tensor &x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble) && !isTracing();
}

inline at::Tensor unwrapOptional(CTTensor handle) { return handle ? handle->tensor : at::Tensor(); }

/// Runs `body`; on an exception keeps its message and returns `failure`.
template <typename Result, typename Body>
Result guarded(Result failure, Body body) {
  lastErrorIsOfMemory() = false;
  try {
    return body();
  } catch (const c10::OutOfMemoryError &error) {
    lastErrorIsOfMemory() = true;
    lastError() = error.what_without_backtrace();
  } catch (const std::bad_alloc &error) {
    lastErrorIsOfMemory() = true;
    lastError() = "the C++ library has no memory left";
  } catch (const c10::Error &error) {
    lastError() = error.what_without_backtrace();
    // More bytes than can be counted, which libtorch has no type of its own for.
    lastErrorIsOfMemory() = lastError().find("Storage size calculation overflowed") == 0 ||
                            lastError().find("numel: integer multiplication overflow") == 0;
  } catch (const std::exception &error) {
    lastError() = error.what();
  } catch (...) {
    lastError() = "unknown C++ exception";
  }
  return failure;
}

template <typename Body>
CTTensor guardedTensor(Body body) {
  return guarded<CTTensor>(nullptr, [&] { return wrap(body()); });
}

template <typename Body>
int guardedStatus(Body body) {
  return guarded<int>(0, [&] {
    body();
    return 1;
  });
}

}  // namespace basin
