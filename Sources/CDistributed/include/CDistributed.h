// What Basin uses of libtorch's c10d, as a plain C interface: a store for the rendezvous and a group
// of processes over Gloo and, for tensors on CUDA devices, NCCL.
//
// As in CTorch.h, every function catches: on failure it returns NULL or 0, and `ct_error()` then
// holds the message. Gloo's headers are optional when this is built; without them `cd_is_available`
// is 0 and everything else fails.

#ifndef BASIN_CDISTRIBUTED_H
#define BASIN_CDISTRIBUTED_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CDGroupStorage *CDGroup;
/// What `CTTensor` of CTorch.h points to.
struct CTTensorStorage;

/// 1 if this was built with Gloo.
int cd_is_available(void);
/// 1 if NCCL serves tensors on CUDA devices; 0 as long as none has been asked for.
int cd_has_nccl(void);

/// Meets the other processes at a store and connects to all of them; returns when all are there.
///
/// `hosts_store`: whether this process is the one that serves the store at `host` and `port`.
/// `prefix`: what the keys of this group begin with in the store. `is_local`: whether all processes
/// are on this machine, so that they need its loopback interface alone. `timeout` in seconds: of the
/// meeting, and of every later exchange.
CDGroup cd_group(const char *host, int port, bool hosts_store, const char *prefix, int rank, int size,
                 bool is_local, double timeout);
void cd_release(CDGroup group);

/// Replaces the elements of a contiguous tensor by their sums over all processes. On a CUDA device it
/// may be only where NCCL is there.
int cd_all_reduce(CDGroup group, struct CTTensorStorage *tensor);
/// Replaces them by those of the process `root`.
int cd_broadcast(CDGroup group, struct CTTensorStorage *tensor, int root);

#ifdef __cplusplus
}
#endif
#endif
