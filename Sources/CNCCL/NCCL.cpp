#include "CNCCL.h"

// The first of these headers is in a libtorch for CUDA only.
#if __has_include(<c10/cuda/impl/cuda_cmake_macros.h>) && __has_include(<nccl.h>) \
    && __has_include(<cuda_runtime_api.h>) && __has_include(<crt/host_config.h>) \
    && __has_include(<nv/target>)
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <cstdlib>

void cn_nccl_backend(c10::intrusive_ptr<c10d::Backend> *backend,
                     const c10::intrusive_ptr<c10d::Store> *store, int rank, int size,
                     int64_t timeout) {
  // An exchange that fails or takes too long is to throw in the thread that waits for it.
  setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = std::chrono::milliseconds(timeout);
  *backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(*store, rank, size, std::move(options));
}
#endif
