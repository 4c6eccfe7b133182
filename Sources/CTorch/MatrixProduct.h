// Products of large float matrices by whichever library is the quicker one on the processor at hand.

#pragma once

#include <ATen/core/Tensor.h>

namespace basin {

/// Whether `oneDNNProduct` is quicker than BLAS for so many multiplications of plain floats.
///
/// On an AMD processor with AVX-512, MKL multiplies with AVX2's vectors, half as many numbers at once as oneDNN:
/// from 2^21 multiplications on that is worth a call (64 x 256 by 256 x 256: 1.6 times as fast; 189 x
/// 256: 1.9 times). Elsewhere MKL is as quick.
bool prefersOneDNN(const at::Tensor &x, int64_t multiplications);

/// x W^T of x [n, k] and W [m, k], either with any strides. Not recorded.
at::Tensor oneDNNProduct(const at::Tensor &x, const at::Tensor &weight);

}  // namespace basin
