// The whole of libtorch that Basin uses, as a plain C interface.
//
// Every function catches whatever libtorch throws. One that returns a tensor returns NULL on
// failure, one that returns `int` returns 0 on failure (1 on success); `ct_error()` then holds the
// message, per thread. Tensors are opaque handles that the caller releases.

#ifndef BASIN_CTORCH_H
#define BASIN_CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensorStorage *CTTensor;
typedef struct CTGeneratorStorage *CTGenerator;

/// The message of the last failure on this thread.
const char *ct_error(void);
/// Whether that failure was a lack of memory, and no mistake of the caller.
bool ct_error_is_of_memory(void);

// MARK: - Element types and devices

enum CTDType { CT_FLOAT32 = 0, CT_FLOAT64 = 1, CT_INT64 = 2, CT_UINT8 = 3, CT_BOOL = 4, CT_BFLOAT16 = 5 };
/// A device is -1 for the CPU, otherwise the index of a CUDA device.
enum { CT_CPU = -1 };

const char *ct_version(void);
int ct_thread_count(void);
void ct_set_thread_count(int count);
enum CTBFloat16Units { CT_BFLOAT16_NONE = 0, CT_BFLOAT16_VECTORS = 1, CT_BFLOAT16_MATRICES = 2 };
/// What the processor multiplies bfloat16 with (Processor.cpp).
int ct_bfloat16_units(void);
/// Loads libtorch_cuda into the process; 0 where it is absent or finds no device.
int ct_load_cuda(void);
int ct_cuda_device_count(void);
int ct_synchronize(int device);

// MARK: - Lifetime and inspection

void ct_release(CTTensor tensor);
int ct_rank(CTTensor tensor);
void ct_shape(CTTensor tensor, int64_t *extents);
int ct_dtype(CTTensor tensor);
int ct_device(CTTensor tensor);
bool ct_requires_gradient(CTTensor tensor);
/// Copies the elements, in row-major order, into host memory of exactly their size.
int ct_copy_out(CTTensor tensor, void *destination, size_t bytes);

// MARK: - Creation

CTTensor ct_from_data(const void *data, int dtype, const int64_t *extents, int rank, int device);
CTTensor ct_full(double value, const int64_t *extents, int rank, int dtype, int device);
/// With the shape, element type, device and memory layout of `like`.
CTTensor ct_full_like(double value, CTTensor like);
CTTensor ct_arange(int64_t count, int dtype, int device);
CTTensor ct_eye(int64_t count, int dtype, int device);
CTTensor ct_to(CTTensor tensor, int dtype, int device);

// MARK: - Random numbers, always from an explicit generator

CTGenerator ct_generator(uint64_t seed);
void ct_generator_release(CTGenerator generator);
CTTensor ct_generator_state(CTGenerator generator);
int ct_generator_set_state(CTGenerator generator, CTTensor state);
CTTensor ct_uniform(CTGenerator generator, const int64_t *extents, int rank, int dtype);
CTTensor ct_normal(CTGenerator generator, const int64_t *extents, int rank, int dtype);
CTTensor ct_poisson(CTGenerator generator, CTTensor rates);
CTTensor ct_permutation(CTGenerator generator, int64_t count);

// MARK: - Elementwise operations

enum CTUnary {
  CT_NEGATE, CT_ABS, CT_SIGN, CT_EXP, CT_EXPM1, CT_LOG, CT_LOG1P, CT_SQRT, CT_SQUARE,
  CT_RECIPROCAL, CT_TANH, CT_SIGMOID, CT_RELU, CT_SOFTPLUS, CT_SIN, CT_COS, CT_ACOS, CT_FLOOR,
  CT_ROUND, CT_IS_FINITE, CT_NOT
};
CTTensor ct_unary(int operation, CTTensor tensor);

enum CTBinary {
  CT_ADD, CT_SUBTRACT, CT_MULTIPLY, CT_DIVIDE, CT_POWER, CT_MAXIMUM, CT_MINIMUM, CT_EQUAL,
  CT_NOT_EQUAL, CT_LESS, CT_LESS_EQUAL, CT_GREATER, CT_GREATER_EQUAL, CT_AND, CT_OR, CT_MATMUL
};
CTTensor ct_binary(int operation, CTTensor a, CTTensor b);
CTTensor ct_binary_scalar(int operation, CTTensor a, double b);
CTTensor ct_clamp(CTTensor tensor, double lower, double upper);
CTTensor ct_where(CTTensor condition, CTTensor a, CTTensor b);

/// base + sum_k weights[k] * terms[k], in one pass over memory; differentiable.
CTTensor ct_linear_combination(
    CTTensor base, const CTTensor *terms, const double *weights, int count);

// MARK: - Reductions

enum CTReduction {
  CT_SUM, CT_MEAN, CT_MAX, CT_MIN, CT_LOG_SUM_EXP, CT_ANY, CT_ALL, CT_ARG_MAX, CT_ARG_MIN
};
/// Over the given axes; over all of them if `axis_count` is 0. Arg-reductions take one axis.
CTTensor ct_reduce(int operation, CTTensor tensor, const int64_t *axes, int axis_count, bool keep);
CTTensor ct_cumulative_sum(CTTensor tensor, int64_t axis);
int ct_sort(CTTensor tensor, int64_t axis, bool descending, CTTensor *values, CTTensor *indices);
int ct_top(CTTensor tensor, int64_t count, int64_t axis, CTTensor *values, CTTensor *indices);

// MARK: - Shape and indexing

CTTensor ct_reshape(CTTensor tensor, const int64_t *extents, int rank);
CTTensor ct_expand(CTTensor tensor, const int64_t *extents, int rank);
CTTensor ct_permute(CTTensor tensor, const int64_t *axes, int rank);
CTTensor ct_unsqueeze(CTTensor tensor, int64_t axis);
CTTensor ct_squeeze(CTTensor tensor, int64_t axis);
CTTensor ct_narrow(CTTensor tensor, int64_t axis, int64_t start, int64_t length);
CTTensor ct_flip(CTTensor tensor, int64_t axis);
CTTensor ct_pad(CTTensor tensor, const int64_t *widths, int count, double value);
CTTensor ct_concatenate(const CTTensor *tensors, int count, int64_t axis);
CTTensor ct_stack(const CTTensor *tensors, int count, int64_t axis);
CTTensor ct_index_select(CTTensor tensor, int64_t axis, CTTensor indices);
CTTensor ct_gather(CTTensor tensor, int64_t axis, CTTensor indices);
CTTensor ct_index_add(CTTensor tensor, int64_t axis, CTTensor indices, CTTensor source);
CTTensor ct_index_copy(CTTensor tensor, int64_t axis, CTTensor indices, CTTensor source);
CTTensor ct_nonzero(CTTensor mask);
CTTensor ct_contiguous(CTTensor tensor, bool channels_last);

// MARK: - Neural-network operations

CTTensor ct_linear(CTTensor input, CTTensor weight, CTTensor bias_or_null);
CTTensor ct_conv2d(CTTensor input, CTTensor weight, CTTensor bias_or_null, int64_t stride,
                   int64_t padding, int64_t groups);
/// relu(conv2d(input) + shift) (RectifiedConvolution.cpp). Where weight and bias need no derivative, what
/// lies between is not kept, and input and shift alone are differentiated.
CTTensor ct_rectified_conv2d(CTTensor input, CTTensor weight, CTTensor bias_or_null, CTTensor shift_or_null,
                             int64_t stride, int64_t padding);
CTTensor ct_batch_norm(CTTensor input, CTTensor weight, CTTensor bias, CTTensor running_mean,
                       CTTensor running_variance, bool training, double momentum, double epsilon);
CTTensor ct_layer_norm(CTTensor input, double epsilon);
CTTensor ct_softmax(CTTensor input, int64_t axis);
CTTensor ct_log_softmax(CTTensor input, int64_t axis);
/// Of x [..., 2n] plus bias [2n] = (a, b): (max(a, b), min(a, b)) (MaxMin.cpp). A pair keeps its places
/// where a is not below b. Differentiable as often as wanted.
CTTensor ct_max_min(CTTensor x, CTTensor bias);
/// ReLU of `ct_batch_norm` in training, plus a shortcut of the same shape where given (RectifiedBatchNorm.cpp).
CTTensor ct_rectified_batch_norm(CTTensor input, CTTensor shortcut_or_null, CTTensor weight, CTTensor bias,
                                 CTTensor running_mean, CTTensor running_variance, double momentum,
                                 double epsilon);
CTTensor ct_max_pool2d(CTTensor input, int64_t size, int64_t stride, int64_t padding);

// MARK: - Automatic differentiation

CTTensor ct_detach(CTTensor tensor);
int ct_set_requires_gradient(CTTensor tensor, bool value);
bool ct_gradients_enabled(void);
void ct_set_gradients_enabled(bool enabled);
/// Gradients of the sum of `outputs` (each weighted by its seed, or 1 if that is NULL) into `results`; an
/// input that no output depends on gets NULL.
int ct_gradient(const CTTensor *outputs, const CTTensor *seeds, int output_count,
                const CTTensor *inputs, int count, bool create_graph, bool retain_graph,
                CTTensor *results);

/// Fills `input_gradients` (owned by the callee's caller; NULL where none) from
/// `output_gradients` (borrowed; NULL where an output did not reach the loss). Only those inputs
/// count for which `needed` is true.
typedef void (*CTBackward)(void *context, const CTTensor *output_gradients, int output_count,
                           const bool *needed, CTTensor *input_gradients, int input_count);
/// Gives `outputs`, computed outside the graph, a hand-written backward pass. `release` is called
/// once, when the graph no longer needs `context`.
int ct_with_backward(const CTTensor *inputs, int input_count, const CTTensor *outputs,
                     int output_count, void *context, CTBackward backward,
                     void (*release)(void *), CTTensor *results);

// MARK: - In-place updates (of leaves and buffers, outside the graph)

int ct_assign(CTTensor destination, CTTensor source);
int ct_clamp_in_place(CTTensor tensor, double lower, double upper);
/// One step of Adam on all parameters (libtorch's fused kernel); adds 1 to `step`. Means and
/// variances have the memory layout of their parameters; gradients may have any.
int ct_adam_step(const CTTensor *parameters, const CTTensor *gradients, const CTTensor *means,
                 const CTTensor *variances, CTTensor step, int count, double rate, double beta1,
                 double beta2, double decay, double epsilon, bool decoupled);
/// One step of SGD with momentum; `momenta`, 0 before the first step, may be NULL.
int ct_sgd_step(const CTTensor *parameters, const CTTensor *gradients, const CTTensor *momenta,
                int count, double rate, double momentum, double decay, bool nesterov);

// MARK: - Activations with their slopes, in one pass over memory (Activations.cpp)
//
// None of these is recorded for differentiation: they are the parts of hand-written passes.

/// tanh, elementwise.
CTTensor ct_fast_tanh(CTTensor a);
/// gradient * (1 - value^2), the derivative through tanh at its value.
CTTensor ct_tanh_backward(CTTensor gradient, CTTensor value);

/// Softplus of a value and of its tangents. `a` is [N * lanes, n]: a value row followed by
/// lanes - 1 tangent rows for each point; `bias` [N, n] by class is added to the value rows.
/// Fills `z` [N * lanes, n] = (softplus(a), sigmoid(a) * tangent, ...) and `slope` [N, n]. If
/// `rising`, values are what softplus rises above its value at the bias: exactly 0 where `a` is 0.
int ct_softplus_lanes(CTTensor a, CTTensor bias, const int64_t *offsets, int groups, int lanes,
                      bool rising, CTTensor *z, CTTensor *slope);
/// The derivative with respect to `a` (bias included), given that with respect to `z`.
CTTensor ct_softplus_lanes_backward(CTTensor gradient, CTTensor a, CTTensor slope, int lanes);

// MARK: - Products with one matrix a group of rows (GroupedLinear.cpp)
//
// Rows offsets[g] ..< offsets[g + 1] of a matrix belong to group g. Not recorded either.

/// x [N, in], weights [G, out, in] -> x_g W_g^T [N, out], added to `sum` in place where given.
CTTensor ct_grouped_linear(CTTensor x, CTTensor weights, const int64_t *offsets, int groups,
                           CTTensor sum_or_null);
/// y [N, out], weights [G, out, in] -> y_g W_g [N, in], added to `sum` in place where given.
CTTensor ct_grouped_linear_transposed(CTTensor y, CTTensor weights, const int64_t *offsets,
                                      int groups, CTTensor sum_or_null);
/// y [N, out], x [N, in] -> y_g^T x_g [G, out, in].
CTTensor ct_grouped_outer(CTTensor y, CTTensor x, const int64_t *offsets, int groups);
/// y [N * lanes, n] -> the sum of each group's value rows, [G, n].
CTTensor ct_grouped_sum(CTTensor y, const int64_t *offsets, int groups, int lanes);

// MARK: - Matrices with gated columns (GatedSum.cpp)

/// Of `count` matrices [n, m] and as many gates [G, m]: sum_t matrix_t * gate_t[g], [G, n, m]. Not recorded.
CTTensor ct_gated_sum(const CTTensor *matrices, const CTTensor *gates, int count);
/// The derivatives with respect to each matrix and each gate, given that with respect to the sum.
int ct_gated_sum_backward(CTTensor gradient, const CTTensor *matrices, const CTTensor *gates,
                          int count, CTTensor *matrix_results, CTTensor *gate_results);

// MARK: - Integrating a differential equation (Integration.cpp)

/// base + sum_k weights[r][k] * terms[k] in each row r of the first axis, or in the `row_count` rows named,
/// repeated ones allowed, in one pass over memory; differentiable. `weights` holds `count` values for each.
CTTensor ct_row_combination(CTTensor base, const CTTensor *terms, const double *weights, int count,
                            const int64_t *rows_or_null, int64_t row_count);
/// For each of `rows` equal parts of the elements, the root mean square of
/// (sum_k weights[k] terms[k]) / (absolute + relative max(|before|, |after|)); a NaN where `after`
/// is not finite. Not recorded; a row's value does not depend on the other rows.
int ct_scaled_norms(CTTensor before, CTTensor after, const CTTensor *terms, const double *weights,
                    int count, double absolute, double relative, int64_t rows, double *norms);

// MARK: - Steps of a perceptron (PerceptronStages.cpp)

/// Whether loops of ours may read a tensor: float32 or float64 on the CPU, outside a graph for other programs.
bool ct_is_plain_float(CTTensor tensor);
/// A matrix [k, n], or the transpose of one [n, k], in panels of columns as the next function reads it.
CTTensor ct_panels(CTTensor matrix, bool transposed);
/// Of f(y) = W2 tanh(W0 y + b0) + b2: k_i = f(y_i) for i = 1, ..., `stages` and the last y_i, with
/// y_i = initial + h sum_{j < i} a_ij k_j and k_0 = `derivative`, [N, d]. Differentiable once.
///
/// - layers: W0, b0, W2, b2. panels: of W0 and W2 transposed, of W2 and of W0.
/// - coefficients: a_10, a_20, a_21, ... sizes: h of each row. results: room for `stages` + 1.
int ct_perceptron_stages(CTTensor initial, CTTensor derivative, const CTTensor *layers, const CTTensor *panels,
                         const double *coefficients, int stages, const double *sizes, CTTensor *results);

// MARK: - Dense decompositions (LinearAlgebra.cpp)

/// Of a symmetric matrix: eigenvalues in ascending order, eigenvectors as columns.
int ct_symmetric_eigen(CTTensor matrix, CTTensor *values, CTTensor *vectors);
/// The x of least norm that minimises |matrix x - right|, a column for each of `right`.
CTTensor ct_least_squares(CTTensor matrix, CTTensor right);

// These are recorded, and take batches in their leading axes. A matrix that has no result gives
// infinite or undefined numbers, never an error.

/// The lower triangular L of L L^T, a symmetric positive definite matrix (its lower triangle is read);
/// undefined numbers for any other.
CTTensor ct_cholesky(CTTensor matrix);
/// The x of matrix x = right, or of x matrix = right if `from_right`, for a triangular matrix.
CTTensor ct_triangular_solve(CTTensor matrix, CTTensor right, bool upper, bool from_right);
/// The x of matrix x = right for a square matrix.
CTTensor ct_solve(CTTensor matrix, CTTensor right);
CTTensor ct_inverse(CTTensor matrix);
/// The entries on and below the diagonal, or on and above it; zeros elsewhere.
CTTensor ct_triangle(CTTensor matrix, bool upper);
/// base + weight a b of matrices, or of batches of them [B, ., .], in one product.
CTTensor ct_add_product(CTTensor base, CTTensor a, CTTensor b, double weight);

// MARK: - Splitting methods for sparse recovery (Splitting.cpp)

enum CTFidelity { CT_LEAST_SQUARES = 0, CT_EQUALITY = 1, CT_BALL = 2 };
enum { CT_SPLITTING_SCALARS = 10 };
/// The longest y.
#define CT_SPLITTING_LONGEST 1e3
/// The state of B problems, contiguous float64 tensors on the CPU; see Splitting.swift.
typedef struct {
  CTTensor basis, eigenvalues, targets;
  /// The basis in float32.
  CTTensor rounded_basis;
  CTTensor x, d, w, z, hd, hw, hz;
  CTTensor offset, h_offset;
  CTTensor scalars;
  int fidelity;
  bool is_half, is_ratio;
  double kappa, floor;
} CTSplitting;
/// Advances x, d, w, z, hd, hw, hz and scalars in place by so many iterations.
int ct_splitting_iterations(const CTSplitting *state, int count);

// MARK: - Coordinate descent (CoordinateDescent.cpp)

/// Minimises ½ x'Gx - c'x + weight Σ|x_j| in place over x [w], coordinate by coordinate, until none changes
/// the slope by more than `tolerance` in a pass: G `gram` [w, w], c `linear` [w], contiguous float64 on the
/// CPU. The number of passes; 0 if `limit` of them do not suffice, -1 on failure.
int ct_lasso_descent(CTTensor gram, CTTensor linear, CTTensor x, double weight, double tolerance,
                     int limit);

/// Keeps freed memory in the process for the next step instead of returning it to the system.
void ct_keep_memory(void);
/// Returns what has been freed so far.
void ct_release_memory(void);
/// Bytes that the system can still give this process: what is free or can be made free, within the
/// limits of its control groups; with swap if `counts_swap`. -1 where the system does not tell (Linux
/// does). `root` stands before /proc and /sys, and is empty but in tests.
int64_t ct_available_memory(const char *root, bool counts_swap);
/// From now on a tensor on the CPU for which the system has no memory is refused before a byte of it is
/// touched, where the system tells what it has (Linux). Without this, systems that promise more than they
/// have end the process when the memory is used.
void ct_refuse_beyond_memory(void);

#ifdef __cplusplus
}
#endif
#endif
