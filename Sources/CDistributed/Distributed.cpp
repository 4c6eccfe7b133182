// A group of processes over c10d's Gloo, where Gloo's headers (Debian: libgloo-dev) are there. The
// code of Gloo is in libtorch_cpu; the headers serve c10d's own header alone, whose members of Gloo's
// types stay behind pointers, so that their versions may differ.

#include "CDistributed.h"

#include "Handles.h"

#if __has_include(<gloo/algorithm.h>)
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

#include <chrono>
#include <cstdlib>

using namespace basin;

#ifdef USE_C10D_GLOO

struct CDGroupStorage {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
};

namespace {

std::shared_ptr<::gloo::transport::Device> networkDevice(bool isLocal) {
  // The variable that PyTorch's users know.
  if (const char *name = std::getenv("GLOO_SOCKET_IFNAME"))
    return c10d::ProcessGroupGloo::createDeviceForInterface(name);
  if (isLocal) return c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

/// Waits for an exchange. Gloo reports a broken connection here.
void finish(const c10::intrusive_ptr<c10d::Work> &work) {
  TORCH_CHECK(work->wait(), "the exchange was given up");
}

}  // namespace

int cd_is_available(void) { return 1; }

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
    return new CDGroupStorage{std::move(store), std::move(gloo)};
  });
}

void cd_release(CDGroup group) {
  guardedStatus([&] { delete group; });
}

int cd_all_reduce(CDGroup group, CTTensor tensor) {
  return guardedStatus([&] {
    std::vector<at::Tensor> tensors{unwrap(tensor)};
    finish(group->gloo->allreduce(tensors));
  });
}

int cd_broadcast(CDGroup group, CTTensor tensor, int root) {
  return guardedStatus([&] {
    std::vector<at::Tensor> tensors{unwrap(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    finish(group->gloo->broadcast(tensors, options));
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

CDGroup cd_group(const char *, int, bool, const char *, int, int, bool, double) {
  return missing<CDGroup>();
}

void cd_release(CDGroup) {}
int cd_all_reduce(CDGroup, CTTensor) { return missing<int>(); }
int cd_broadcast(CDGroup, CTTensor, int) { return missing<int>(); }

#endif
