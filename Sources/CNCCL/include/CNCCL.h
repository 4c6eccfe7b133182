// c10d's NCCL backend for tensors on CUDA devices, in a library of its own. Its symbols are those of
// libtorch_cuda, which is in a process only where somebody asked for a CUDA device: the program does
// not link this library but opens it then (`Distributed.cpp`).
//
// It is empty where the libtorch that Basin is built with is one for CPUs, or where a header of NCCL or
// CUDA is missing; `Tools/setup` fetches those that torch's wheel does not bring.

#ifndef BASIN_CNCCL_H
#define BASIN_CNCCL_H

#ifdef __cplusplus
#include <c10/util/intrusive_ptr.h>

#include <cstdint>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

/// Makes a backend, which connects to the other processes at the first exchange; throws as c10d does.
/// `timeout` in milliseconds.
extern "C" void cn_nccl_backend(c10::intrusive_ptr<c10d::Backend> *backend,
                                const c10::intrusive_ptr<c10d::Store> *store, int rank, int size,
                                int64_t timeout);
#endif
#endif
