// A group of processes over c10d's Gloo, where Gloo's headers (Debian: libgloo-dev) are there, and
// over NCCL for tensors on CUDA devices where this build has it. The code of Gloo is in libtorch_cpu;
// the headers serve c10d's own header alone, whose members of Gloo's types stay behind pointers, so
// that their versions may differ.

#include "CDistributed.h"

#include "../CNCCL/include/CNCCL.h"
#include "Handles.h"

#if __has_include(<gloo/algorithm.h>)
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <string>

using namespace basin;

#ifdef USE_C10D_GLOO

struct CDGroupStorage {
  c10::intrusive_ptr<c10d::Store> store;
  int64_t timeout;
  c10::intrusive_ptr<c10d::Backend> gloo, nccl;

  /// The one for a tensor's device.
  c10d::Backend &backend(const at::Tensor &tensor);
};

namespace {

std::shared_ptr<::gloo::transport::Device> networkDevice(bool isLocal) {
  // The variable that PyTorch's users know.
  if (const char *name = std::getenv("GLOO_SOCKET_IFNAME"))
    return c10d::ProcessGroupGloo::createDeviceForInterface(name);
  if (isLocal) return c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

/// What makes NCCL's backend, in the library beside the program; null where there is none.
decltype(&cn_nccl_backend) ncclFactory() {
  // The library's symbols are there only once libtorch_cuda is.
  if (!at::hasCUDA()) return nullptr;
  static void *const factory = []() -> void * {
    Dl_info program;
    if (!dladdr(reinterpret_cast<void *>(&ncclFactory), &program)) return nullptr;
    const std::string path = program.dli_fname;
    const std::string folder = path.substr(0, path.find_last_of('/') + 1);
    void *library = dlopen((folder + "libBasinNCCL.so").c_str(), RTLD_NOW);
    return library ? dlsym(library, "cn_nccl_backend") : nullptr;
  }();
  return reinterpret_cast<decltype(&cn_nccl_backend)>(factory);
}

/// Waits for an exchange. A broken connection is reported here.
void finish(const c10::intrusive_ptr<c10d::Work> &work) {
  TORCH_CHECK(work->wait(), "the exchange was given up");
}

}  // namespace

c10d::Backend &CDGroupStorage::backend(const at::Tensor &tensor) {
  if (!tensor.is_cuda()) return *gloo;
  if (!nccl) {
    const auto make = ncclFactory();
    TORCH_CHECK(make, "no NCCL in this build");
    const c10::intrusive_ptr<c10d::Store> place =
        c10::make_intrusive<c10d::PrefixStore>("nccl", store);
    make(&nccl, &place, gloo->getRank(), gloo->getSize(), timeout);
  }
  return *nccl;
}

int cd_is_available(void) { return 1; }
int cd_has_nccl(void) { return ncclFactory() != nullptr; }

CDGroup cd_group(const char *host, int port, bool hostsStore, const char *prefix, int rank, int size,
                 bool isLocal, double timeout) {
  return guarded<CDGroup>(nullptr, [&] {
    const auto limit = std::chrono::milliseconds(static_cast<int64_t>(timeout * 1000));
    c10d::TCPStoreOptions storeOptions;
    storeOptions.port = static_cast<uint16_t>(port);
    storeOptions.isServer = hostsStore;
    storeOptions.timeout = limit;
    auto server = c10::make_intrusive<c10d::TCPStore>(host, storeOptions);
    auto store = c10::make_intrusive<c10d::PrefixStore>(prefix, std::move(server));
    auto options = c10d::ProcessGroupGloo::Options::create(limit);
    options->devices.push_back(networkDevice(isLocal));
    auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
    return new CDGroupStorage{std::move(store), limit.count(), std::move(gloo), nullptr};
  });
}

void cd_release(CDGroup group) {
  guardedStatus([&] { delete group; });
}

int cd_all_reduce(CDGroup group, CTTensor tensor) {
  return guardedStatus([&] {
    std::vector<at::Tensor> tensors{unwrap(tensor)};
    finish(group->backend(tensors[0]).allreduce(tensors));
  });
}

int cd_broadcast(CDGroup group, CTTensor tensor, int root) {
  return guardedStatus([&] {
    std::vector<at::Tensor> tensors{unwrap(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    finish(group->backend(tensors[0]).broadcast(tensors, options));
  });
}

#else

namespace {

template <typename Result>
Result missing() {
  lastError() = "built without Gloo's headers";
  return Result();
}

}  // namespace

int cd_is_available(void) { return 0; }
int cd_has_nccl(void) { return 0; }

CDGroup cd_group(const char *, int, bool, const char *, int, int, bool, double) {
  return missing<CDGroup>();
}

void cd_release(CDGroup) {}
int cd_all_reduce(CDGroup, CTTensor) { return missing<int>(); }
int cd_broadcast(CDGroup, CTTensor, int) { return missing<int>(); }

#endif
