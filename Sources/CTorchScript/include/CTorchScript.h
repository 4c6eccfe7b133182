// Models of other programs as TorchScript, which libtorch runs and differentiates, as a plain C interface.
//
// As in CTorch.h, every function catches: on failure it returns NULL or 0, and `ct_error()` then holds
// the message. Nothing about a file is trusted: TorchScript executes no Python, and the operators that
// write or map files are taken away before anything is loaded.

#ifndef BASIN_CTORCHSCRIPT_H
#define BASIN_CTORCHSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CSModuleStorage *CSModule;
/// What `CTTensor` of CTorch.h points to.
struct CTTensorStorage;

/// The module in the bytes of a file, on a device (-1 for the CPU), in evaluation mode, its parameters
/// fixed.
CSModule cs_load(const void *bytes, size_t count, int device);
void cs_release(CSModule module);

/// Whether it, or a part of it, was saved in training mode.
bool cs_was_training(CSModule module);
/// Numbers that are trained; of a program whose weights are fixed, such as Basin's own, all that it holds.
int64_t cs_parameter_count(CSModule module);
/// The element type of the first floating-point parameter or buffer, and one that another has instead, as
/// PyTorch calls them; empty where there is none.
const char *cs_element_type(CSModule module);
const char *cs_other_element_type(CSModule module);
/// Inputs without a default that `forward` takes; -1 where there is no such method.
int cs_input_count(CSModule module);

/// What a method of one input answers to images, in training mode if so wanted. NULL with `*other` set where it is not
/// one tensor of float32 or float64 on the module's device: `ct_error()` then says what it is.
struct CTTensorStorage *cs_call(CSModule module, const char *method, struct CTTensorStorage *images,
                                bool training, bool *other);
/// Lays the weights of convolutions out with channels innermost in memory, or as they came.
int cs_lay_out(CSModule module, bool channels_last);
/// Has `forward` in evaluation mode answered by a copy of the program with fewer and quicker steps, made of
/// the weights as they are laid out now; or by the program itself again. Returns how many convolutions are
/// one step with their ReLU, -1 on failure.
int cs_fuse(CSModule module, bool fused);
/// Whether the derivative of the sum of a result's elements by a leaf can be had.
int cs_differentiates(struct CTTensorStorage *result, struct CTTensorStorage *leaf);

// MARK: - Writing

/// The same tensor under another handle.
struct CTTensorStorage *cs_alias(struct CTTensorStorage *tensor);

/// A module without anything in it.
CSModule cs_module(void);
/// Calls what is to be recorded with an input, and fills as many results (owned by the callee's caller).
typedef int (*CSBody)(void *context, struct CTTensorStorage *input, struct CTTensorStorage **results,
                      int count);
/// Records what `body` does with an input of the shape of `example`, by libtorch's operators, as the method
/// `name`, which returns `count` tensors as a tuple (one alone as it is). Tensors that the body knows become
/// buffers of the module; those of them that are trained are in `parameters`, for they cannot be recorded as
/// such.
int cs_trace(CSModule module, const char *name, struct CTTensorStorage *example,
             struct CTTensorStorage *const *parameters, int parameter_count, CSBody body, void *context,
             int count);
/// Adds methods in TorchScript's own language, which may call those that are there.
int cs_define(CSModule module, const char *source);
/// The file's bytes; `take` is called once with them.
int cs_save(CSModule module, void *context, void (*take)(void *context, const void *bytes, size_t count));

#ifdef __cplusplus
}
#endif
#endif
