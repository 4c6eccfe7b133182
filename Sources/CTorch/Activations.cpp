// Softplus with its slope in one pass over memory.

#include "Handles.h"

using namespace basin;

int ct_softplus_with_slope(CTTensor a, CTTensor *value, CTTensor *slope) {
  return guardedStatus([&] {
    at::NoGradGuard guard;
    *value = wrap(at::softplus(unwrap(a)));
    *slope = wrap(at::sigmoid(unwrap(a)));
  });
}
